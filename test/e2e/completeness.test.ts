import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayed } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { projectFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

// How complete days are, asked as an operator does: of clients that lose, repeat, are late, cloned or refused.

const dayMillis = 86_400_000;
// What these ask about today has to be of today still when it is answered.
const leftOfTodayMillis = dayMillis - (Date.now() % dayMillis);
if (leftOfTodayMillis < 180_000) await delay(leftOfTodayMillis);
const startOfDay = Math.floor(Date.now() / dayMillis) * dayMillis;
const dayText = (days: number) => new Date(startOfDay + days * dayMillis).toISOString().slice(0, 10);

let deployment: LocalProcess | undefined;
afterAll(async () => {
  await deployment?.stop();
});

async function edi({ url, env }: LocalProcess, ...args: readonly string[]): Promise<string> {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const child = spawnChild({ command: process.execPath, args: [cli, ...args, '--url', url], env });
  const { code } = await child.exited;
  expect({ code, err: child.stderr() }).toEqual({ code: 0, err: '' });
  return child.stdout();
}

/** Rows of the answer, by SDK. */
async function loss(local: LocalProcess, ...args: readonly string[]): Promise<Record<string, JsonObject>> {
  const rows: JsonValue = JSON.parse(await edi(local, 'loss', '--type', trackPlayed, '--json', ...args));
  return Object.fromEntries((Array.isArray(rows) ? rows : []).filter(isJsonObject).map((row) => [row['sdk'], row]));
}

/** Noon of the day before yesterday, so that a day and a half have passed since. */
const noon = startOfDay - 1.5 * dayMillis;

function numbered(source: string, sequences: readonly JsonValue[], fromMillis = noon): JsonObject[] {
  return sequences.map((sequence, at) =>
    makeEvent({ source, sequence, time: new Date(fromMillis + at * 1_000).toISOString() }),
  );
}

async function sendAs(local: LocalProcess, sdk: string, events: readonly JsonObject[]) {
  const answer = await sendBatch(local.url, { events, key: `local-dev-key:${sdk}` });
  expect(answer.status).toBe(200);
}

it('the numbers that clients count tell what is lost, and what explains it', async () => {
  deployment = await startLocal();
  // Loses 3 (7, 8 and 11) of what it counted from 5 on, and resends the rest.
  const lossy = numbered('phone-1', [5, 6, 9, '10', '0012', 13]);
  await sendAs(deployment, 'ios', lossy);
  await sendAs(deployment, 'ios', [...lossy].reverse());
  // Two installations that were cloned count the same numbers; none is missing.
  await sendAs(deployment, 'android', [...numbered('clone', [0, 1, 2]), ...numbered('clone', [1, 2], noon + 500)]);
  // One that counts nothing, and one whose numbers say nothing.
  await sendAs(deployment, 'android', numbered('silent', [null, 'one', -1]));
  // A gap that refused events explain, and one beyond 2^53 that is exact.
  const refused = numbered('desk', [1, 2], noon + 1_000).map((event) => ({ ...event, data: { not: 'as declared' } }));
  await sendAs(deployment, 'desktop', [
    ...numbered('desk', [0, 3]),
    ...refused,
    ...numbered('far', ['9007199254740992', '9007199254740994']),
  ]);
  await waitUntilIdle(deployment);

  const day = dayText(-2);
  const answer = await loss(deployment, '--from', day);
  expect(answer['ios']).toMatchObject({ day, received: 6, late_day: 6, sources: 1, bases: 1, ends: 1, missing: 3 });
  expect(answer['ios']).toMatchObject({ repeated: 0, unnumbered: 0, refused: 0, lost: 0, unexplained: 3 });
  expect(answer['android']).toMatchObject({ received: 8, missing: 0, unexplained: 0, repeated: 2 });
  expect(answer['android']).toMatchObject({ unnumbered: 3, unnumbered_sources: 1, sources: 2 });
  // They were refused today: that is when they were received, and all that is known of them.
  expect(answer['desktop']).toMatchObject({ received: 4, missing: 3, refused: 0, unexplained: 3 });
  expect((await loss(deployment, '--from', dayText(-1), '--to', dayText(0)))['desktop']).toMatchObject({
    day: dayText(0),
    received: 0,
    missing: 0,
    refused: 2,
  });

  // Of today's, those that are refused today explain what is missing.
  await sendAs(deployment, 'desktop', numbered('desk', [4, 7], startOfDay));
  await waitUntilIdle(deployment);
  const today = (await loss(deployment, '--from', dayText(0)))['desktop'];
  expect(today).toMatchObject({ received: 2, missing: 2, refused: 2, unexplained: 0, may_come: 0, bases: 0 });

  // What comes late fills the gap; asked again, the newest answer is the table's.
  await sendAs(deployment, 'ios', numbered('phone-1', [7, 8], noon + 2_500));
  await waitUntilIdle(deployment);
  expect((await loss(deployment, '--from', day))['ios']).toMatchObject({ received: 8, missing: 1, unexplained: 1 });
  const stored = `SELECT missing::INTEGER AS missing FROM operations.completeness WHERE sdk = 'ios' AND day = '${day}'`;
  expect(await query(deployment, stored)).toEqual([{ missing: 1 }]);

  const text = await edi(deployment, 'loss', '--type', trackPlayed, '--from', day);
  expect(text).toMatch(new RegExp(`${day} .*${trackPlayed} .*ios .* 8 `));
  expect(text).toContain('Not measured: what is missing before 4 first numbers and after 3 last ones.');
  expect(text).toContain('2 events have a number that another of their installation has');
});

it('heartbeats tell hours that are empty from hours that are broken', async () => {
  await using local = await startLocal({ flags: ['--quiet', '--heartbeats'] });
  await waitFor('heartbeats in their table', async () => {
    const beats =
      "SELECT count(*)::INTEGER AS beats FROM events_raw.playback_track_played_v1 WHERE sdk = 'edi-heartbeat'";
    const [row] = await query(local, beats);
    return row?.['beats'] === 3 ? true : undefined;
  });
  const answer: JsonValue = JSON.parse(await edi(local, 'hours', '--type', trackPlayed, '--hours', '12', '--json'));
  const states = (Array.isArray(answer) ? answer : []).filter(isJsonObject).map((row) => row['state']);
  // An hour may end meanwhile.
  expect(states.join(' ')).toMatch(/^(broken ){8,9}empty empty empty( late)?$/);
  expect(await edi(local, 'hours', '--type', trackPlayed, '--hours', '2')).toMatch(/ local .* empty /);
  expect(await query(local, 'SELECT count(*)::INTEGER AS events FROM events.playback_track_played_v1')).toEqual([
    { events: 0 },
  ]);
  const markers = `SELECT count(*)::INTEGER AS hours FROM operations.completeness_hours WHERE type = '${trackPlayed}'`;
  expect(await query(local, markers)).toEqual([{ hours: 3 }]);
  // A client with the key of heartbeats can send nothing but heartbeats.
  const events = [makeEvent(), makeEvent({ data: {} })];
  const { accepted, rejected } = Object(
    JSON.parse((await sendBatch(local.url, { events, key: 'local-dev-key:edi-heartbeat' })).text),
  );
  expect({ accepted, reasons: rejected.map(({ reason }: JsonObject) => reason) }).toEqual({
    accepted: 1,
    reasons: ['schema'],
  });
});
