import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { importSealedBoxPrivateKey, importSealedBoxPublicKey } from '../../../shared/crypto/sealed-box.ts';
import { parseKeyset } from '../../../shared/crypto/tink-keyset.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import { projectFolder } from '../../helpers/local-process.ts';
import { makeCollectingIo } from './collecting-io.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'edi-secrets-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('edi secrets', () => {
  test('makes each secret as the functions read it, for you alone, and prints none', async () => {
    const folder = join(parent, 'new');
    const io = makeCollectingIo();
    expect(await runCli(['secrets', folder], io)).toBe(0);
    const read = (file: string) => readFileSync(join(folder, file));
    const decoded = (file: string) => Buffer.from(read(file).toString(), 'base64');
    for (const key of ['edi-identity-key', 'edi-lookup-key', 'edi-claims-key', 'edi-quarantine-record-key']) {
      expect(() => importHashKey(decoded(key))).not.toThrow();
    }
    expect(() => importSealedBoxPublicKey(decoded('edi-quarantine-public-key'))).not.toThrow();
    expect(() => importSealedBoxPrivateKey(decoded('edi-quarantine-private-key'))).not.toThrow();
    expect(parseKeyset(read('master-keyset.plain'), 'AesGcmKey').kind).not.toBe('unreadable');
    for (const file of readdirSync(folder)) {
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
      expect(io.outText()).not.toContain(read(file).toString('base64'));
      expect(io.outText()).not.toContain(read(file).toString());
    }
  });

  test('with what step 5 of a first deployment adds, every secret gets a value, and its file is deleted after that', async () => {
    const folder = join(parent, 'edi-secrets');
    expect(await runCli(['secrets', folder], makeCollectingIo())).toBe(0);
    const page = readFileSync(join(projectFolder, 'infra', 'stacks', 'README.md'), 'utf8');
    const [step = ''] = /\n5\. The secrets[\s\S]*?\n6\. /.exec(page) ?? [];
    const [, made = ''] = /^ +base64 .* > edi-secrets\/(\S+)$/m.exec(step) ?? [];
    writeFileSync(join(folder, made), '');
    // `for FILE in edi-secrets/edi-*`, each as the secret of its own name.
    expect(step).toContain('for FILE in edi-secrets/edi-*; do');
    expect(step).toMatch(
      /gcloud secrets versions add \$\{FILE##\*\/\} --project=\$PROJECT --data-file=\$FILE \|\| exit$/m,
    );
    expect(step).toContain('done) && shred -u edi-secrets/*');
    const stored = readdirSync(folder).filter((file) => file.startsWith('edi-'));
    const typedIn = [...step.matchAll(/gcloud secrets versions add (edi-\S+)/g)].map(([, name]) => name);
    expect([...stored, ...typedIn].sort()).toEqual(
      Object.values(kinds.secrets)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('writes over nothing', async () => {
    const io = makeCollectingIo();
    expect(await runCli(['secrets', parent], io)).toBe(1);
    expect(io.errText()).toBe(`edi: ${parent} is there already; name a new folder\n`);
  });
});
