import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayed, trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
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
  const child = spawnChild({ command: process.execPath, args: [cli, ...args, '--url', url], env });
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
  expect(JSON.parse(await edi(deployment, 'quarantine', 'list', '--json'))).toEqual([
    {
      reason: 'unknown-type',
      type: early,
      events: 71,
      occurrences: 81,
      oldest: expect.any(String),
      newest: expect.any(String),
      replayed: 0,
      fault: '/type enum',
      wanted: 'the name of an active event type',
    },
  ]);
  expect(await edi(deployment, 'quarantine', 'list')).toMatch(new RegExp(`unknown-type .*${early} .* 71 `));
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
  expect(JSON.parse(await edi(deployment, 'quarantine', 'list', '--reason', 'unknown-type', '--json'))).toMatchObject([
    { type: early, events: 71, occurrences: 81, replayed: 70 },
  ]);
  const { accepted } = Object(parseJson(await sendBatch(deployment.url, { events: [events[0] ?? {}] })));
  expect(accepted).toBe(1);
});

/** Longer than the schema has it, until `mendSchema`. */
const longTrack = 'x'.repeat(100);

/** Takes longer numbers of tracks; what it accepted it accepts. */
function mendSchema(): void {
  const path = join(schemaFolder, 'playback', 'track-played.v1.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"maxLength": 64', '"maxLength": 200'));
}

it('a corrected event wins against the refused one, sent before its replay or after', async () => {
  deployment ??= await start();
  const [before, after] = [makeEvent(), makeEvent()];
  const refused = [before, after].map((event) => ({
    ...event,
    data: { ...trackPlayedData(), track: { track_id: longTrack } },
  }));
  await sendAll(deployment, refused, 'local-dev-key:ios');
  await sendAll(deployment, [before], 'local-dev-key:ios');
  await waitUntilIdle(deployment);
  await deployment.stop();
  mendSchema();
  const mended = await start();
  deployment = mended;
  const replay = ['replay', '--reason', 'schema', '--type', trackPlayed, '--json'];
  const dry = JSON.parse(await edi(mended, ...replay, '--dry-run'));
  expect(dry).toEqual({ replayed: 2, replayedBefore: 0, refused: {}, dryRun: true, more: false });
  expect(JSON.parse(await edi(mended, ...replay))).toEqual({ ...dry, dryRun: false });
  await waitUntilIdle(mended);
  const tracks = async () => {
    const ids = [before, after].map(({ id }) => `'${id}'`).join(', ');
    const sql = `SELECT event_id, data.track.track_id AS track FROM events.${trackPlayedTable} WHERE event_id IN (${ids})`;
    return Object.fromEntries((await query(mended, sql)).map((row) => [row['event_id'], row['track']]));
  };
  const corrected = 'trk-0001';
  expect(await tracks()).toEqual({ [before.id]: corrected, [after.id]: longTrack });
  await sendAll(mended, [after], 'local-dev-key:ios');
  await waitUntilIdle(mended);
  expect(await tracks()).toEqual({ [before.id]: corrected, [after.id]: corrected });
  expect(JSON.parse(await edi(mended, ...replay))).toMatchObject({ replayed: 0, replayedBefore: 2 });
});

it('one record is replayed by its key, and the old command names the new one', async () => {
  deployment ??= await start();
  const row = "SELECT record_key, superseded FROM operations.quarantine_exact WHERE reason = 'schema' LIMIT 1";
  const [record] = await query(deployment, row);
  expect(record).toMatchObject({ superseded: false });
  const key = String(record?.['record_key']);
  expect(await edi(deployment, 'replay', '--record', key)).toBe('0 replayed\n1 were replayed before\n');
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const args = [cli, 'quarantine', 'replay', '--reason', 'schema'];
  const old = spawnChild({ command: process.execPath, args, env: deployment.env });
  expect((await old.exited).code).toBe(1);
  expect(old.stderr()).toContain('edi replay --reason');
});

it('a person is erased while events of theirs are on the way: what comes until the cutoff is dropped, others go on', async () => {
  deployment ??= await start();
  const [jane, joe] = ['jane', 'joe'].map((subject) => ({ subject, source: `phone of ${subject}` }));
  const [before, beside] = [makeEvent(jane), makeEvent(joe)];
  await sendAll(deployment, [before, beside], 'local-dev-key:ios');
  await waitUntilIdle(deployment);
  const receipt = JSON.parse(await edi(deployment, 'erase', '--realm', 'customer', '--subject', 'jane', '--json'));
  expect(receipt).toMatchObject({ state: 'waits', named: 1, keysDestroyed: 1 });
  // The instance has her key for some minutes more; another one does not.
  await deployment.stop();
  const again = await start();
  deployment = again;
  const after = [makeEvent(jane), makeEvent(joe), makeEvent({ ...jane, time: before['time'] ?? null })];
  await sendAll(again, after, 'local-dev-key:ios');
  await waitUntilIdle(again);
  const ids = [before, beside, ...after].map(({ id }) => `'${id}'`).join(', ');
  const sql = `SELECT event_id FROM events.${trackPlayedTable} WHERE event_id IN (${ids}) ORDER BY event_id`;
  const stored = [before, beside, after[1]].map((event) => event?.id ?? '').sort();
  expect((await query(again, sql)).map((row) => row['event_id'])).toEqual(stored);
  const losses = "SELECT sum(events)::INTEGER AS events FROM operations.losses WHERE reason = 'erased'";
  expect(await query(again, losses)).toEqual([{ events: 2 }]);
  const status = JSON.parse(await edi(again, 'erase', '--status', String(receipt.id), '--json'));
  expect(status).toEqual(receipt);
});
