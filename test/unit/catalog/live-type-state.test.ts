import { expect, test } from 'vitest';
import { makeLiveTypeState } from '../../../infra/local/catalog/live-type-state.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { datasets } from '../../../infra/naming.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { alphaSink } from '../../../shared/event-types/alpha.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { heartbeatSdk } from '../../../shared/sdks/heartbeat.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse } from '../duckdb/fixture.ts';

const now = Date.UTC(2026, 10, 29, 12, 30);
const hour = 3_600_000;
const type = 'shop.order.v1';
const iso = (millis: number) => new Date(millis).toISOString();

interface Row {
  readonly key: string;
  readonly millis: number;
  /** From its receipt. */
  readonly tookMillis: number;
  readonly sequence?: number;
  readonly more?: { readonly type?: string; readonly sdk?: string };
}

function rowOf({ key, millis, tookMillis, sequence, more }: Row): string {
  return JSON.stringify({
    ...{ event_key: key, event_time: iso(millis), received_time: iso(millis), row_time: iso(millis + tookMillis) },
    ...{ source: 'a-pseudonym', sdk: 'web', schema_revision: 1, possible_duplicate: false, beyond_lookback: false },
    ...{ ingest_region: 'local', ...(sequence === undefined ? {} : { sequence }) },
    ...more,
  });
}

test('days with what is missing of them, hours with how long rows took; of a type of its own and of one in alpha', async () => {
  const warehouse = await openTestWarehouse();
  const clock = createManualClock(now);
  const state = makeLiveTypeState({ warehouse, clock });
  // Its table is not there yet.
  expect(await state({ type, isAlpha: false })).toBeUndefined();
  await ensureTables(warehouse, makeTopology([eventSchema(schemaDocument({ type }))]));
  const yesterday = now - 24 * hour;
  await warehouse.append({ schema: datasets.raw, table: tableName(type) }, [
    rowOf({ key: 'a', millis: yesterday, tookMillis: 100, sequence: 0 }),
    rowOf({ key: 'b', millis: yesterday + 1_000, tookMillis: 100, sequence: 3 }),
    rowOf({ key: 'c', millis: now - hour, tookMillis: 200, sequence: 4 }),
    rowOf({ key: 'd', millis: now - hour + 1_000, tookMillis: 400 }),
    rowOf({ key: 'beat', millis: now - hour, tookMillis: 9_000, more: { sdk: heartbeatSdk } }),
  ]);
  await warehouse.append({ schema: datasets.raw, table: alphaSink }, [
    rowOf({ key: 'e', millis: now - 1_000, tookMillis: 50, more: { type: 'shop.cart.v1' } }),
    rowOf({ key: 'f', millis: now - 1_000, tookMillis: 50, more: { type: 'shop.other.v1' } }),
  ]);
  const [own, again] = await Promise.all([state({ type, isAlpha: false }), state({ type, isAlpha: false })]);
  expect(again).toBe(own);
  expect(own?.days).toHaveLength(14);
  expect(own?.days.slice(-3)).toEqual([
    { day: '2026-11-27', received: 0, unnumbered: 0, refused: 0, lost: 0, unexplained: 0 },
    { day: '2026-11-28', received: 2, unnumbered: 0, refused: 0, lost: 0, unexplained: 2 },
    { day: '2026-11-29', received: 2, unnumbered: 1, refused: 0, lost: 0, unexplained: 0 },
  ]);
  expect(own?.hours).toHaveLength(24);
  expect(own?.hours.slice(-2)).toEqual([
    { hour: '2026-11-29T11:00:00.000Z', rows: 2, p50Seconds: expect.any(Number), p99Seconds: expect.closeTo(0.4, 1) },
    { hour: '2026-11-29T12:00:00.000Z', rows: 0 },
  ]);
  expect(own?.newestReceived).toBe(iso(now - hour + 1_000));

  const cart = await state({ type: 'shop.cart.v1', isAlpha: true });
  expect(cart?.days.at(-1)).toMatchObject({ received: 1, unnumbered: 1 });
  expect(cart?.hours.at(-1)).toMatchObject({ rows: 1 });
  const none = await state({ type: 'shop.none.v1', isAlpha: true });
  expect(none?.newestReceived).toBeUndefined();
  expect(none?.days.every(({ received }) => received === 0)).toBe(true);
});
