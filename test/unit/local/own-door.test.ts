import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FunctionServer, serveFunction } from '../../../infra/local/function-servers.ts';
import { localFunctions, localPublishing, startLocalFunction } from '../../../infra/local/local-functions.ts';
import { makePushToken } from '../../../shared/adapters/embedded/push-token.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from '../../../shared/adapters/embedded/storage.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';

let folder: string;
let storage: EmbeddedStorage;
const servers = new Map<string, FunctionServer>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edi-door-'));
  storage = await openEmbeddedStorage(folder);
  const observer = makeCountingObserver();
  const publishing = localPublishing(storage, observer, async () => []);
  for (const needs of localFunctions) {
    const handler = await startLocalFunction(needs, {
      held: storage,
      observer,
      publishing,
      ingestUrl: () => 'http://127.0.0.1:9',
    });
    servers.set(needs.name, await serveFunction(needs.name, handler, 0));
  }
});
afterEach(async () => {
  await Promise.all([...servers.values()].map((server) => server.close()));
  servers.clear();
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The status of a POST as a page's simple request sends it. */
function post(name: string, headers: Record<string, string>, path = '/'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${servers.get(name)?.url}${path}`, { method: 'POST', headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end('{"message":{"messageId":"1","data":"","attributes":{}}}');
  });
}

const pushed = localFunctions.flatMap(({ name, callers }) => (callers.kind === 'push' ? [name] : []));

describe('13: a local stage', () => {
  test.each(pushed)('%s takes a push with the token of this process alone', async (name) => {
    expect(await post(name, { 'content-type': 'text/plain', origin: 'https://evil.example' })).toBe(401);
    expect(await post(name, { authorization: makePushToken(systemRandom).authorization })).toBe(401);
    expect(await post(name, { authorization: `${storage.pushAuthorization}x` })).toBe(401);
    // Only now the body is read, which is no message of the bus.
    expect(await post(name, { authorization: storage.pushAuthorization })).toBe(400);
  });
});

describe('13: every local function', () => {
  test.each(localFunctions.map(({ name }) => name))('%s answers to no other host than this machine', async (name) => {
    const { authorization } = { authorization: storage.pushAuthorization };
    for (const host of [
      'evil.example',
      'evil.example:80',
      '127.0.0.1.evil.example',
      'localhost.evil.example:1',
      '0.0.0.0',
    ]) {
      expect(await post(name, { host, authorization }, '/v1/events'), host).toBe(403);
    }
    for (const host of ['127.0.0.1', 'localhost:8080', 'LOCALHOST', '[::1]:99', 'edi:8080', 'x']) {
      expect(await post(name, { host, authorization }, '/v1/events'), host).not.toBe(403);
    }
  });
});
