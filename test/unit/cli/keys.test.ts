import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addKeysCommand } from '../../../infra/cli/keys.ts';
import { runCli } from '../../../infra/cli/program.ts';
import { openEmbeddedRegistry } from '../../../shared/adapters/embedded/registry.ts';
import { storagePath } from '../../../shared/adapters/embedded/storage-paths.ts';
import type { Gate } from '../../../shared/adapters/memory/gate.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemoryWriteKeyRecords } from '../../../shared/adapters/memory/write-key-records.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { makeKeyAdmin } from '../../../shared/write-keys/key-admin.ts';
import { newWriteKey } from '../../../shared/write-keys/write-key.ts';
import { makeCollectingIo } from './collecting-io.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-keys-test-'));
  const runtime = join(folder, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  // Where running deployments are announced: none here, whatever else runs on the machine.
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  vi.stubEnv('EDI_URL', undefined);
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The command on keys in memory. */
function makeWorld(gate: Gate = () => {}) {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const random = createSeededRandom(9);
  const records = createMemoryWriteKeyRecords({ gate });
  const readSdks = async () => ['ios', 'web'];
  const keys = makeKeyAdmin({ records, readSdks, environment: 'test', clock, random });
  let opened = 0;
  const open = async () => {
    opened += 1;
    return {
      keys,
      async close() {
        opened -= 1;
      },
    };
  };
  async function run(...args: readonly string[]): Promise<string> {
    const io = makeCollectingIo();
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void io.err.write(text) });
    addKeysCommand(program, io, open);
    await program.parseAsync(['keys', ...args, '--data', folder], { from: 'user' });
    return io.outText();
  }
  return { clock, run, opened: () => opened };
}

describe('on keys in memory', () => {
  test('create prints the key and that it is not shown again; list never shows it', async () => {
    const { run, opened } = makeWorld();
    const text = await run('create', '--sdk', 'ios');
    const [, keyId = '', writeKey = ''] = /^key id {2}([0-9a-f]{16})\nkey {5}(edi_test_\S{43})\n/.exec(text) ?? [];
    expect(text).toMatch(/not shown again/);
    const json = JSON.parse(await run('create', '--sdk', 'web', '--json'));
    expect(json).toEqual({
      keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
      sdk: 'web',
      writeKey: expect.stringMatching(/^edi_test_\S{43}$/),
      note: expect.stringContaining('not shown again'),
    });
    const listed = `${await run('list')}${await run('list', '--json')}`;
    expect(listed).toContain(keyId);
    for (const secret of [writeKey, json.writeKey]) expect(listed).not.toContain(secret.slice(-43));
    expect(opened()).toBe(0);
  });

  test('list shows id, SDK, creation and revocation', async () => {
    const { run, clock } = makeWorld();
    const { keyId } = JSON.parse(await run('create', '--sdk', 'ios', '--json'));
    clock.advance(60_000);
    const other = JSON.parse(await run('create', '--sdk', 'web', '--json'));
    await run('revoke', keyId);
    const [createdAt, revokedAt] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z'];
    expect(JSON.parse(await run('list', '--json'))).toEqual([
      { keyId, sdk: 'ios', createdAt, revokedAt },
      { keyId: other.keyId, sdk: 'web', createdAt: revokedAt, revokedAt: null },
    ]);
    const lines = (await run('list')).split('\n').map((line) => line.split(/ *\| */));
    expect(lines).toContainEqual([keyId, 'ios', createdAt, revokedAt]);
    expect(lines).toContainEqual([other.keyId, 'web', revokedAt, '-']);
  });

  test('revoke says within how many seconds the key is refused, also the second time', async () => {
    const { run } = makeWorld();
    const { keyId } = JSON.parse(await run('create', '--sdk', 'ios', '--json'));
    expect(await run('revoke', keyId)).toBe(
      `Key ${keyId} is revoked. Ingest refuses it everywhere within 10 seconds.\n`,
    );
    expect(JSON.parse(await run('revoke', keyId, '--json'))).toEqual({
      keyId,
      outcome: 'already-revoked',
      refusedWithinSeconds: 10,
    });
  });

  test('an SDK without a binding and a key that does not exist are failures; everything is closed', async () => {
    const { run, opened } = makeWorld();
    await expect(run('create', '--sdk', 'iso')).rejects.toThrow(/no SDK "iso".*ios, web/);
    await expect(run('revoke', '0123456789abcdef')).rejects.toThrow(/no key 0123456789abcdef/);
    expect(opened()).toBe(0);
  });

  test('a storage that does not answer is a failure that says so', async () => {
    const { run, opened } = makeWorld(() => {
      throw new Unavailable('write-keys', 'the storage is down');
    });
    for (const args of [['create', '--sdk', 'ios'], ['list'], ['revoke', '0123456789abcdef']]) {
      await expect(run(...args)).rejects.toMatchObject({ name: 'CliError', message: 'the storage is down' });
    }
    expect(opened()).toBe(0);
  });
});

async function edi(args: readonly string[]) {
  const io = makeCollectingIo();
  const exitCode = await runCli(args, io);
  return { exitCode, out: io.outText(), err: io.errText() };
}

describe('usage', () => {
  const environment = ['--project', 'my-project', '--database', 'write-keys'];

  test.each([
    [[]],
    [['make']],
    [['create']],
    [['create', '--sdk']],
    [['create', 'ios']],
    [['list', 'ios']],
    [['list', '--url', 'localhost']],
    [['list', '--project', 'my-project']],
    [['list', '--database', 'write-keys']],
    [['list', '--project', 'My Project', '--database', 'write-keys']],
    [['list', '--project', 'my-project', '--database', 'a/b']],
    [['list', ...environment, '--url', 'http://127.0.0.1:8080']],
    [['list', ...environment, '--data', 'folder']],
    [['revoke']],
    [['revoke', 'all']],
    [['revoke', '0123456789ABCDEF']],
    [['revoke', '0123456789abcdef', '0123456789abcdef']],
  ])('keys %j is wrong usage: told on stderr, exit code 2', async (args) => {
    const { exitCode, out, err } = await edi(['keys', ...args]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).not.toBe('');
  });

  test('who gives a key for its id is told the id, and the key is not repeated', async () => {
    const { writeKey, identity } = newWriteKey('prod', createSeededRandom(1));
    const { exitCode, err } = await edi(['keys', 'revoke', writeKey]);
    expect(exitCode).toBe(2);
    expect(err).toContain(identity.keyId);
    expect(err).not.toContain(writeKey.slice(-43));
  });
});

describe('where nothing runs', () => {
  test('a data folder that no deployment has used is named, and nothing is made in it', async () => {
    for (const args of [['create', '--sdk', 'ios'], ['list'], ['revoke', '0123456789abcdef']]) {
      const { exitCode, out, err } = await edi(['keys', ...args, '--data', folder]);
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
      expect(err).toContain(folder);
    }
    expect(readdirSync(folder)).toEqual(['runtime']);
  });

  test('a URL that nothing answers at does not turn to another folder', async () => {
    const { exitCode, err } = await edi(['keys', 'list', '--url', 'http://127.0.0.1:9']);
    expect(exitCode).toBe(1);
    expect(err).toContain('http://127.0.0.1:9');
  });

  test('a folder that a process holds is left alone', async () => {
    const registry = openEmbeddedRegistry({ path: storagePath(folder, 'registry') });
    await registry.publishSdksUpload({}, '1');
    const { exitCode, err } = await edi(['keys', 'list', '--data', folder]);
    registry.close();
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^edi: .*in use by another process.*\n$/);
    expect(existsSync(storagePath(folder, 'writeKeys'))).toBe(false);
  });

  test('the bindings are those that the folder knows', async () => {
    const registry = openEmbeddedRegistry({ path: storagePath(folder, 'registry') });
    const sdks = { kiosk: { namespace: 'n', origins: [] } };
    await registry.publishSdksUpload({ namespaces: { n: { bucketWidthMillis: 1_000 } }, sdks }, '1');
    registry.close();
    const { err } = await edi(['keys', 'create', '--sdk', 'ios', '--data', folder]);
    expect(err).toContain('kiosk');
    expect((await edi(['keys', 'create', '--sdk', 'kiosk', '--data', folder])).exitCode).toBe(0);
  });
});
