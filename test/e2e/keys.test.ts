import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

let deployment: LocalProcess;
const data = makeScratchFolder();

beforeAll(async () => {
  deployment = await startLocal({ dataFolder: data.path });
});
afterAll(async () => {
  await deployment.stop();
  data.remove();
});

async function edi(args: readonly string[]) {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const child = spawnChild({ command: process.execPath, args: [cli, ...args], env: deployment.env });
  const { code } = await child.exited;
  return { code, out: child.stdout(), err: child.stderr() };
}

/** `edi keys … --json` on the deployment, or its folder once it has stopped. */
async function keys(...args: readonly string[]): Promise<JsonValue> {
  const { code, out, err } = await edi(['keys', ...args, '--data', data.path, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function create(sdk: string) {
  const created = await keys('create', '--sdk', sdk);
  const { keyId, writeKey } = isJsonObject(created) ? created : {};
  if (typeof keyId !== 'string' || typeof writeKey !== 'string') throw new Error('create answers with id and key');
  return { keyId, writeKey };
}

async function statusWith(writeKey: string): Promise<number> {
  return (await sendBatch(deployment.url, { events: [makeEvent()], key: writeKey })).status;
}

async function listed(keyId: string): Promise<JsonObject | undefined> {
  const all = await keys('list');
  return Array.isArray(all) ? all.filter(isJsonObject).find((key) => key['keyId'] === keyId) : undefined;
}

/** Files below the data folder, and what the process printed, that hold the text. */
function placesOf(text: string): string[] {
  const entries = readdirSync(data.path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const holding = files.filter((path) => bytesOf(path).includes(text));
  return deployment.output().includes(text) ? [...holding, 'output'] : holding;
}

/** Nothing of a file that is gone meanwhile: databases have some for a moment. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

describe('on a running deployment', () => {
  it('a created key sends as its SDK, beside the development key; revoked, it is refused in time', async () => {
    const { keyId, writeKey } = await create('web');
    const event = makeEvent();
    expect((await sendBatch(deployment.url, { events: [event], key: writeKey })).status).toBe(200);
    expect(await statusWith('local-dev-key')).toBe(200);
    await waitUntilIdle(deployment);
    const sent = `SELECT sdk FROM events.${trackPlayedTable} WHERE event_id = '${event.id}'`;
    expect(await query(deployment, sent)).toEqual([{ sdk: 'web' }]);
    expect(await listed(keyId)).toMatchObject({ sdk: 'web', revokedAt: null });

    const other = await create('web');
    const revoked = await keys('revoke', keyId);
    const revokedMillis = Date.now();
    expect(revoked).toMatchObject({ keyId, outcome: 'revoked', refusedWithinSeconds: 10 });
    await waitFor('the revoked key to be refused', async () => {
      // However long an answer takes: what is asked ten seconds later is refused.
      const hasToBe = Date.now() > revokedMillis + 10_000;
      const status = await statusWith(writeKey);
      if (status !== 401 && hasToBe) throw new Error(`a key that was revoked is answered ${status}`);
      return status === 401 ? status : undefined;
    });
    expect(await statusWith(other.writeKey)).toBe(200);
    expect(await listed(keyId)).toMatchObject({ sdk: 'web', revokedAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(await listed(other.keyId)).toMatchObject({ revokedAt: null });
  });

  it('stores a hash of a key, and the key nowhere', async () => {
    const { keyId, writeKey } = await create('ios');
    expect(await statusWith(writeKey)).toBe(200);
    await keys('revoke', keyId);
    await waitUntilIdle(deployment);
    // The id is the beginning of the hash, so the search does find what is stored.
    expect(placesOf(keyId).map((path) => path.slice(data.path.length + 1))).toEqual([
      expect.stringMatching(/^write-keys\.sqlite/),
    ]);
    expect(placesOf(writeKey.slice(-43))).toEqual([]);
  });

  it('the endpoint gives keys to nobody without its token', async () => {
    for (const [method, path] of [
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['POST', '/keys/revoke'],
    ] as const) {
      const url = `${deployment.operatorUrl}${path}`;
      const body = method === 'POST' ? { body: '{"sdk":"ios","keyId":"0123456789abcdef"}' } : {};
      const bearer = { authorization: `Bearer ${deployment.token}` };
      expect((await send({ url, method, ...body })).status).toBe(401);
      expect((await send({ url, method, ...body, headers: { ...bearer, origin: 'null' } })).status).toBe(403);
      expect((await send({ url, method, ...body, headers: bearer })).status).toBe(200);
    }
  });

  it('400 for a body that names no SDK or id', async () => {
    const headers = { authorization: `Bearer ${deployment.token}` };
    for (const path of ['/keys', '/keys/revoke']) {
      for (const body of ['', 'ios', '{}', '[]', '{"sdk":1,"keyId":1}', `{"sdk":"${'x'.repeat(5_000)}"}`]) {
        expect((await send({ url: `${deployment.operatorUrl}${path}`, method: 'POST', headers, body })).status).toBe(
          400,
        );
      }
    }
  });

  it('failures are exit code 1, wrong usage is 2', async () => {
    const at = ['--url', deployment.url];
    const unknown = await edi(['keys', 'create', '--sdk', 'iso', ...at]);
    expect(unknown).toMatchObject({ code: 1, out: '', err: expect.stringContaining('android') });
    expect(await edi(['keys', 'revoke', '0123456789abcdef', ...at])).toMatchObject({ code: 1, out: '' });
    expect(await edi(['keys', 'create', ...at])).toMatchObject({ code: 2, out: '' });
    expect(await edi(['keys', 'revoke', 'all', ...at])).toMatchObject({ code: 2, out: '' });
  });
});

it('between two runs the same keys are administered in the data folder', async () => {
  const kept = await create('android');
  const { code } = await deployment.stop();
  expect(code).toBe(0);
  const made = await create('ios');
  expect(await listed(made.keyId)).toMatchObject({ sdk: 'ios', revokedAt: null });
  expect(await keys('revoke', kept.keyId)).toMatchObject({ outcome: 'revoked' });
  expect(await edi(['keys', 'create', '--sdk', 'iso', '--data', data.path])).toMatchObject({ code: 1, out: '' });
  expect(placesOf(made.writeKey.slice(-43))).toEqual([]);

  deployment = await startLocal({ dataFolder: data.path });
  expect(await statusWith(made.writeKey)).toBe(200);
  expect(await statusWith(kept.writeKey)).toBe(401);
});
