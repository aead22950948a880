import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedSecrets } from '../../shared/adapters/embedded/secrets.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { quarantinedText } from '../helpers/quarantine-records.ts';
import { badEvents, isoTime, marker, validEvent, withDataText } from './bad-events.ts';

let deployment: LocalProcess;
const answers: string[] = [];
/** Ids of the valid events sent, which must all be rows in the end. */
const validIds: string[] = [];

beforeAll(async () => {
  deployment = await startLocal();
});
afterAll(async () => {
  await deployment.stop();
});

async function post(text: string, key?: string) {
  const answer = await sendBatch(deployment.url, { events: text, ...(key === undefined ? {} : { key }) });
  answers.push(answer.text);
  return { status: answer.status, body: parseJson(answer) };
}

function readRejection(rejection: string): { readonly reason: string; readonly errors: JsonValue } {
  const [reason = '', path = '', keyword = ''] = rejection.split(' ');
  return { reason, errors: [{ path, keyword }] };
}

describe('a bad event between two valid ones is rejected alone', () => {
  it.each(badEvents)('$name: $rejection', async ({ text, rejection, key, answeredId }) => {
    const [before, after] = [validEvent(key), validEvent(key)];
    const { status, body } = await post(`[${JSON.stringify(before)},${text},${JSON.stringify(after)}]`, key);
    const bad: unknown = JSON.parse(text);
    const id = answeredId === null || !isJsonObject(bad) ? null : bad['id'];
    const rejected = [{ index: 1, id, transient: false, ...readRejection(rejection) }];
    expect({ status, body }).toMatchObject({ status: 200, body: { accepted: 2, duplicates: 0, rejected } });
    validIds.push(before.id, after.id);
    expect((await send({ url: `${deployment.url}/health` })).status).toBe(200);
  });
});

describe('unusual, but valid', () => {
  async function rowsOf(id: string): Promise<JsonObject[]> {
    await waitUntilIdle(deployment);
    return query(deployment, `FROM events.${trackPlayedTable} WHERE event_id = '${id}' ORDER BY event_time`);
  }

  it('a key constructor in a map of strings', async () => {
    const { id } = makeEvent();
    const { body } = await post(`[${withDataText('tags', '{"constructor":"webpack"}', { id })}]`);
    expect(body).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    validIds.push(id);
    expect(JSON.stringify(await rowsOf(id))).toContain('webpack');
  });

  it('a leap second, which counts as the next second', async () => {
    const nextDay = isoTime(0).slice(0, 10);
    const day = new Date(Date.parse(nextDay) - 1).toISOString().slice(0, 10);
    const event = makeEvent({ time: `${day}T23:59:60Z` });
    const same = { ...event, time: `${nextDay}T00:00:00Z` };
    expect((await post(JSON.stringify([event, same]))).body).toEqual({ accepted: 1, duplicates: 1, rejected: [] });
    validIds.push(event.id);
    const times = (await rowsOf(event.id)).map((row) => String(row['event_time']).slice(0, 19).replace('T', ' '));
    expect(times).toEqual([`${nextDay} 00:00:00`]);
  });

  it('equal ids and times in one batch, which are one event whatever else they hold', async () => {
    const event = makeEvent();
    const like = { ...event, data: { ...trackPlayedData(), ms_played: 2_000 } };
    const { body } = await post(JSON.stringify([event, like, event]));
    expect(body).toEqual({ accepted: 1, duplicates: 2, rejected: [] });
    validIds.push(event.id);
    expect(await rowsOf(event.id)).toMatchObject([{ data: { ms_played: 1_000 } }]);
  });

  it('equal ids at different times, which are different events', async () => {
    const event = makeEvent({ time: isoTime(-1) });
    const other = { ...event, time: isoTime(-2) };
    expect((await post(JSON.stringify([event, other]))).body).toEqual({ accepted: 2, duplicates: 0, rejected: [] });
    validIds.push(event.id, event.id);
    expect(await rowsOf(event.id)).toHaveLength(2);
  });
});

describe('afterwards', () => {
  it('every valid event is a row exactly once', async () => {
    const status = await waitUntilIdle(deployment);
    const rows = await query(
      deployment,
      `SELECT event_id FROM events.${trackPlayedTable} UNION ALL SELECT event_id FROM events.github_star_v1`,
    );
    expect(rows.map((row) => String(row['event_id'])).sort()).toEqual([...validIds].sort());
    expect(status).toMatchObject({ deadLetters: 0, rejected: badEvents.length, quarantined: badEvents.length });
  });

  it('every bad event is in quarantine, to be read as it was sent with the private key alone', async () => {
    await waitUntilIdle(deployment);
    const { quarantinePrivateKey } = openEmbeddedSecrets(deployment.dataFolder, systemRandom);
    const records = (await query(deployment, 'FROM operations.quarantine')).map((record) => {
      const { reason, errors, stage } = record;
      return { text: quarantinedText(quarantinePrivateKey, record), metadata: { stage, reason, errors } };
    });
    for (const { name, text, rejection } of badEvents) {
      const ofEvent = records.filter((record) => record.text === text).map(({ metadata }) => metadata);
      expect(ofEvent, name).toEqual([{ stage: 'ingest', ...readRejection(rejection) }]);
    }
    expect(records).toHaveLength(badEvents.length);
  });

  it('no bad value is in an answer, a log line or the metadata of the quarantine', async () => {
    const metadata = await query(deployment, 'SELECT * EXCLUDE (payload) FROM operations.quarantine');
    const log = readFileSync(join(deployment.dataFolder, 'edi.log'), 'utf8');
    expect(metadata).toHaveLength(badEvents.length);
    expect(log.match(/"events rejected"/g)).toHaveLength(badEvents.length);
    expect(answers.length).toBeGreaterThan(badEvents.length);
    const shown = [...answers, log, deployment.output(), JSON.stringify(metadata)].join('\n').toLowerCase();
    expect(shown).not.toContain(marker.toLowerCase());
    expect(shown).not.toContain(Buffer.from(marker).toString('base64').toLowerCase());
  });
});
