import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SupervisedFunction, superviseFunction } from '../../../infra/local/emulators/function-supervisor.ts';
import { freePort } from '../../../infra/local/emulators/ports.ts';
import { makePushPath } from '../../../infra/local/emulators/push-path.ts';
import { startSecondLineGate } from '../../../infra/local/emulators/second-line-gate.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';

const scratch = makeScratchFolder();
/** Answers with all that it is told of the secret. */
const bundle = `require('@google-cloud/functions-framework').http(process.env.FUNCTION, (request, response) =>
  response.send(JSON.stringify(process.env).includes('/push/') ? 'knows the path' : 'reached'));`;
const running: SupervisedFunction[] = [];

async function start(name: 'ingest' | 'dedup', pushPath?: string): Promise<SupervisedFunction> {
  const port = await freePort();
  const parts = { bundleFolder: scratch.path, environment: { FUNCTION: name }, clock: systemClock, onLine: () => {} };
  const started = await superviseFunction({ name, port, ...parts, ...(pushPath === undefined ? {} : { pushPath }) });
  running.push(started);
  return started;
}

function post(url: string, headers: Record<string, string> = {}, body = '{}'): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (answer) => {
      let text = `${answer.statusCode} `;
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

beforeAll(() => writeFileSync(join(scratch.path, 'index.js'), bundle));
afterAll(async () => {
  await Promise.all(running.map((one) => one.stop(1_000)));
  scratch.remove();
});

describe("13: on Google's emulators, too, nobody else pushes into the stages", () => {
  test('a stage takes pushes at the path of this start alone, and does not know the path itself', async () => {
    const dedup = await start('dedup', makePushPath(systemRandom));
    expect(await post(dedup.url)).toBe('200 reached');
    const { origin, pathname } = new URL(dedup.url);
    const other = makePushPath(systemRandom);
    for (const path of ['/', '', '/push', '/push/', other, pathname.slice(0, -1), `${pathname}/`, `/x${pathname}`]) {
      expect(await post(`${origin}${path}`), path).toBe('401 ');
    }
  });

  test.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example'])(
    'a page that a rebound name (%s) brings reaches neither ingest nor a stage',
    async (host) => {
      const [ingest, dedup] = [await start('ingest'), await start('dedup', makePushPath(systemRandom))];
      for (const { url } of [ingest, dedup]) {
        expect(await post(url, { host })).toMatch(/^40[03] /);
        expect(await post(url)).toBe('200 reached');
      }
    },
  );

  test('nor at the gate before the second lines', async () => {
    const dedup = await start('dedup', makePushPath(systemRandom));
    const parts = { backoffSeconds: 1, functionUrl: () => dedup.url, clock: systemClock };
    const gate = await startSecondLineGate({ ...parts, pushPath: makePushPath(systemRandom) });
    const push = JSON.stringify({ message: { messageId: '1', data: '' }, subscription: 's' });
    const { origin, pathname } = new URL(gate.urlOf('dedup'));
    expect(await post(gate.urlOf('dedup'), {}, push)).toBe('200 ');
    for (const path of ['/dedup', '/', '/push/x/dedup', `${pathname}/dedup`]) {
      expect(await post(`${origin}${path}`, {}, push), path).toBe('401 ');
    }
    await gate.close();
  });
});
