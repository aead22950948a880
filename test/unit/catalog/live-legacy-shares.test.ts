import { expect, test } from 'vitest';
import { makeLiveLegacyShares } from '../../../infra/local/catalog/live-legacy-shares.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { datasets } from '../../../infra/naming.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse } from '../duckdb/fixture.ts';

/** A Sunday. */
const now = Date.UTC(2026, 10, 29, 12);
const type = 'shop.order.v1';

function rowOf(key: string, sdk: string, more: { readonly type?: string } = {}): string {
  const time = new Date(now).toISOString();
  return JSON.stringify({
    ...{ event_key: key, event_time: time, received_time: time, source: 'a-pseudonym', sdk, schema_revision: 1 },
    ...{ possible_duplicate: false, beyond_lookback: false },
    ...more,
  });
}

test('thirteen weeks of a type of its own, and of one in alpha; many pages cause one question', async () => {
  const warehouse = await openTestWarehouse();
  const clock = createManualClock(now);
  const shares = makeLiveLegacyShares({ warehouse, clock });
  // Its table is not there yet.
  expect(await shares({ type, isAlpha: false })).toBeUndefined();
  await ensureTables(warehouse, makeTopology([eventSchema(schemaDocument({ type }))]));
  await warehouse.append({ schema: datasets.raw, table: tableName(type) }, [
    rowOf('a', 'legacy-tv'),
    rowOf('b', 'ios'),
  ]);
  const inAlpha = { type: 'shop.cart.v1' };
  await warehouse.append({ schema: datasets.raw, table: 'alpha' }, [rowOf('c', 'legacy-tv', inAlpha)]);
  expect(await shares({ type, isAlpha: false })).toBeUndefined();
  clock.advance(5_000);
  const [weeks, again] = await Promise.all([shares({ type, isAlpha: false }), shares({ type, isAlpha: false })]);
  expect(again).toBe(weeks);
  expect(weeks).toHaveLength(13);
  expect(weeks?.slice(-2)).toEqual([
    { type, week: '2026-11-16', events: 0, legacyEvents: 0 },
    { type, week: '2026-11-23', events: 2, legacyEvents: 1 },
  ]);
  const cart = await shares({ ...inAlpha, isAlpha: true });
  expect(cart?.at(-1)).toEqual({ ...inAlpha, week: '2026-11-23', events: 1, legacyEvents: 1 });
});
