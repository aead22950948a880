import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completenessQuery } from '../../../infra/completeness/completeness-query.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { duckDb } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { expectedCompleteness, type SeenEvent } from '../../helpers/completeness-reference.ts';
import { openTestWarehouse, query } from '../duckdb/fixture.ts';

const dayMillis = 86_400_000;
const hourMillis = 3_600_000;
const lookBackDays = 3;
const [firstDay, lastDay] = [20_000, 20_004];
const asOfMillis = (lastDay + 2) * dayMillis + 7 * hourMillis;

const sdk = fc.constantFrom('ios', 'web');
/** Numbers around a gap that is just not, and just, a jump; around what a double still counts; and the largest. */
const sequence = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 12n }) },
  { weight: 2, arbitrary: fc.constantFrom(1_000_012n, 1_000_013n, 1_000_014n, 2_000_013n, 2_000_014n, 2_000_015n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 4n }) },
  { weight: 1, arbitrary: fc.constant(2n ** 63n - 1n) },
);
const event = fc.record({
  sdk,
  source: fc.constantFrom('a', 'b'),
  sequence: fc.option(sequence, { nil: undefined, freq: 9 }),
  day: fc.integer({ min: firstDay - 5, max: lastDay + 5 }),
  hour: fc.integer({ min: 0, max: 23 }),
  lateHours: fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom(23, 24, 30, 31, 32, 54, 55, 79, 167, 168)),
  lateMillis: fc.integer({ min: 0, max: hourMillis - 1 }),
  correctedBy: fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined }),
  copies: fc.integer({ min: 1, max: 3 }),
  replayed: fc.constantFrom(false, false, false, true),
});
const counted = fc.record({
  sdk,
  day: fc.integer({ min: firstDay - 1, max: lastDay + 1 }),
  events: fc.integer({ min: 1, max: 3 }),
});
const history = fc.record({
  events: fc.array(event, { maxLength: 30 }),
  refused: fc.array(counted, { maxLength: 3 }),
  lost: fc.array(counted, { maxLength: 3 }),
});

const time = (millis: number) => new Date(millis).toISOString().replace('Z', '000Z');
const dayText = (day: number) => time(day * dayMillis).slice(0, 10);

test('the SQL says of random histories what counting their events one by one says', async () => {
  const warehouse = await openTestWarehouse();
  await ensureTables(warehouse, makeTopology([]));
  let run = 0;
  const put = async (schema: string, table: string, rows: readonly JsonObject[]) => {
    const outcomes = await warehouse.append(
      { schema, table },
      rows.map((row) => JSON.stringify(row)),
    );
    expect(outcomes.filter(({ kind }) => kind !== 'inserted')).toEqual([]);
  };
  const oneRun = async ({ events, refused, lost }: typeof history extends fc.Arbitrary<infer T> ? T : never) => {
    const type = `shop.run.v${++run}`;
    const seen = events.map(({ day, hour, lateHours, lateMillis, correctedBy, copies: _, ...one }, at): SeenEvent => {
      const timeMillis = day * dayMillis + hour * hourMillis;
      const corrected = correctedBy === undefined ? {} : { correctedMillis: timeMillis + correctedBy * hourMillis };
      const receivedMillis = timeMillis + lateHours * hourMillis + lateMillis;
      return { ...one, key: `${run}-${String(at).padStart(3, '0')}`, timeMillis, receivedMillis, ...corrected };
    });
    await put(
      'events_raw',
      'alpha',
      seen.flatMap((one, at) => {
        const row = rowOf(type, one);
        const copies = (events[at]?.copies ?? 1) - 1;
        const later = Array.from({ length: copies }, (_, copy) =>
          time(one.receivedMillis + (copy + 1) * 3 * dayMillis),
        );
        return [...later.map((received_time) => ({ ...row, received_time, possible_duplicate: true })), row];
      }),
    );
    await put(
      'operations',
      'quarantine',
      refused.flatMap((one, at) => [refusedRow(type, one, `${run}-${at}`), refusedRow(type, one, `${run}-${at}`)]),
    );
    await put(
      'operations',
      'loss_records',
      lost.map(({ day, ...one }, at) => ({
        ...one,
        type,
        day: dayText(day),
        loss_key: `${run}-${at}`,
        recorded_time: time(asOfMillis),
        stage: 'pseudonymize',
        reason: 'purged',
      })),
    );
    const asked = { firstDay, lastDay, lookBackDays, asOfMillis };
    const outcome = await query(
      warehouse,
      completenessQuery({
        dialect: duckDb,
        types: { own: [], alpha: { only: [type] } },
        firstDay: `DATE '${dayText(firstDay)}'`,
        lastDay: `DATE '${dayText(lastDay)}'`,
        lookBackDays,
        asOf: duckDb.timestamp(time(asOfMillis)),
      }),
    );
    if (outcome.kind === 'refused') throw new Error(outcome.reason);
    const answered = new Map(
      outcome.rows.map((row) => {
        const line = Object.fromEntries(outcome.columns.map(({ name }, at) => [name, row[at]]));
        const { day, type: ofType, sdk: ofSdk, computed_time, ...counts } = line;
        expect([ofType, computed_time]).toEqual([type, time(asOfMillis)]);
        return [`${Date.parse(String(day)) / dayMillis} ${ofSdk}`, counts];
      }),
    );
    expect(answered).toEqual(expectedCompleteness({ events: seen, refused, lost }, asked));
  };
  await fc.assert(fc.asyncProperty(history, oneRun), { numRuns: 100 });
});

function rowOf(type: string, event: SeenEvent): JsonObject {
  return {
    event_key: event.key,
    event_time: time(event.timeMillis),
    received_time: time(event.receivedMillis),
    ...(event.correctedMillis === undefined ? {} : { corrected_time: time(event.correctedMillis) }),
    source: event.source,
    sdk: event.sdk,
    ...(event.replayed ? { replayed: true } : {}),
    ...(event.sequence === undefined ? {} : { sequence: String(event.sequence) }),
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    type,
  };
}

function refusedRow(
  type: string,
  { sdk: ofSdk, day, events }: { sdk: string; day: number; events: number },
  key: string,
) {
  return {
    record_key: key,
    seal: 's',
    sequence: 0,
    events,
    kept_time: time(day * dayMillis + 2 * hourMillis),
    received_time: time(day * dayMillis + hourMillis),
    sdk: ofSdk,
    stage: 'ingest',
    reason: 'schema',
    type,
    enc: 'e',
    enc_sequence: 0,
    payload: 'p',
  };
}
