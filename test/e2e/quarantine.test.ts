import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayed } from '../helpers/local-events.ts';
import { parseJson } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder, spawnChild } from '../helpers/local-process.ts';

// Events that come before their schema: kept, replayed once it is there, and each exactly once.

const early = 'playback.early-bird.v1';
const scratch = makeScratchFolder();
const [dataFolder, schemaFolder] = [join(scratch.path, 'data'), join(scratch.path, 'schemas')];
cpSync(join(projectFolder, 'schemas'), schemaFolder, { recursive: true });

let deployment: LocalProcess | undefined;
afterAll(async () => {
  await deployment?.stop();
  scratch.remove();
});

function start(): Promise<LocalProcess> {
  return startLocal({ dataFolder, flags: ['--quiet', '--schemas', schemaFolder] });
}

async function edi({ url, env }: LocalProcess, ...args: readonly string[]) {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const child = spawnChild({ command: process.execPath, args: [cli, 'quarantine', ...args, '--url', url], env });
  const { code } = await child.exited;
  expect({ code, err: child.stderr() }).toEqual({ code: 0, err: '' });
  return child.stdout();
}

/** Sends the events: the plain key names no SDK while the type is unknown, and the first allowed one, `ios`, after. */
async function sendAll({ url }: LocalProcess, events: readonly JsonObject[], key: string) {
  for (let at = 0; at < events.length; at += 7) {
    const answer = await sendBatch(url, { events: events.slice(at, at + 7), key });
    expect(answer.status).toBe(200);
  }
}

/** The schema of `playback.track-played.v1` under another name. */
function addSchema(): void {
  const text = readFileSync(join(schemaFolder, 'playback', 'track-played.v1.json'), 'utf8');
  writeFileSync(join(schemaFolder, 'playback', 'early-bird.v1.json'), text.replaceAll(trackPlayed, early));
}

it('early events are listed, replayed after their schema came, and each is there exactly once', async () => {
  deployment = await start();
  const events = Array.from({ length: 60 }, () => makeEvent({ type: early }));
  const broken = makeEvent({ type: early, data: { not: 'as declared' } });
  await sendAll(deployment, events.slice(0, 30), 'local-dev-key');
  await sendAll(deployment, [...events.slice(30), broken], 'local-dev-key:ios');
  // A client that keeps everything resends before anything is known: what it sent with the same key is the same record.
  await sendAll(deployment, events.slice(20, 40), 'local-dev-key:ios');
  await waitUntilIdle(deployment);
  expect(JSON.parse(await edi(deployment, 'list', '--json'))).toEqual([
    {
      reason: 'unknown-type',
      type: early,
      events: 71,
      oldest: expect.any(String),
      newest: expect.any(String),
      replayed: 0,
    },
  ]);
  expect(await edi(deployment, 'list')).toMatch(new RegExp(`unknown-type .*${early} .* 71 `));
  const replay = ['replay', '--reason', 'unknown-type', '--type', early];
  expect(await edi(deployment, ...replay)).toMatch(/^0 replayed\n71 stay in quarantine: unknown-type/);

  await deployment.stop();
  addSchema();
  deployment = await start();
  const dry = JSON.parse(await edi(deployment, ...replay, '--dry-run', '--json'));
  expect(dry).toEqual({ replayed: 70, replayedBefore: 0, refused: { schema: 1 }, dryRun: true, more: false });
  // Some are resent before the replay, some while it runs.
  await sendAll(deployment, events.slice(0, 10), 'local-dev-key');
  const [replayed] = await Promise.all([
    edi(deployment, ...replay, '--json'),
    sendAll(deployment, events.slice(5, 50).reverse(), 'local-dev-key'),
  ]);
  expect(JSON.parse(replayed)).toEqual({ ...dry, dryRun: false });
  await waitUntilIdle(deployment);

  const ids = events.map(({ id }) => id).sort();
  const sql = 'SELECT event_id FROM events.playback_early_bird_v1 ORDER BY event_id';
  expect((await query(deployment, sql)).map((row) => row['event_id'])).toEqual(ids);
  const rawRows = 'SELECT count(*)::INTEGER AS rows FROM events_raw.playback_early_bird_v1';
  expect(await query(deployment, rawRows)).toEqual([{ rows: 60 }]);

  const again = JSON.parse(await edi(deployment, ...replay, '--json'));
  expect(again).toEqual({ replayed: 0, replayedBefore: 70, refused: { schema: 1 }, dryRun: false, more: false });
  await waitUntilIdle(deployment);
  expect(await query(deployment, rawRows)).toEqual([{ rows: 60 }]);
  expect(JSON.parse(await edi(deployment, 'list', '--reason', 'unknown-type', '--json'))).toMatchObject([
    { type: early, events: 71, replayed: 70 },
  ]);
  const { accepted } = Object(parseJson(await sendBatch(deployment.url, { events: [events[0] ?? {}] })));
  expect(accepted).toBe(1);
}, 60_000);
