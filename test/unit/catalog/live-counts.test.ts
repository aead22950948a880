import { describe, expect, test } from 'vitest';
import { makeLiveCounts } from '../../../infra/local/catalog/live-counts.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { datasets, quarantineTable } from '../../../infra/naming.ts';
import { makeTopology } from '../../../infra/topology.ts';
import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse } from '../duckdb/fixture.ts';

const minute = 60_000;
const now = Date.UTC(2026, 0, 31, 12);
const at = (millis: number) => new Date(millis).toISOString();

async function warehouseFor(types: readonly string[]): Promise<Warehouse> {
  const warehouse = await openTestWarehouse();
  await ensureTables(warehouse, makeTopology(types.map((type) => eventSchema(schemaDocument({ type })))));
  return warehouse;
}

function envelope(key: string, receivedMillis: number) {
  return {
    event_key: key,
    event_time: at(receivedMillis),
    received_time: at(receivedMillis),
    source: 'a-pseudonym',
    sdk: 'web',
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
  };
}

function addRows(warehouse: Warehouse, type: string, receivedMillis: readonly number[]) {
  const rows = receivedMillis.map((millis, number) => JSON.stringify(envelope(`key-${number}`, millis)));
  return warehouse.append({ schema: datasets.raw, table: tableName(type) }, rows);
}

interface RejectedRow {
  readonly type?: string;
  readonly reason: string;
  readonly millis: number;
  readonly key?: string;
  readonly events?: number;
}

function addRejected(warehouse: Warehouse, rejected: readonly RejectedRow[]) {
  const rows = rejected.map(({ type, reason, millis, key, events = 1 }, sequence) =>
    JSON.stringify({
      record_key: key ?? `record-${sequence}`,
      seal: 'a-seal',
      sequence,
      events,
      kept_time: at(millis),
      received_time: at(millis),
      stage: 'ingest',
      reason,
      ...(type === undefined ? {} : { type }),
      errors: [],
      enc: 'ZW5j',
      enc_sequence: sequence,
      payload: 'c2VjcmV0',
    }),
  );
  return warehouse.append({ schema: datasets.operations, table: quarantineTable }, rows);
}

describe('counts', () => {
  test('rows and rejections of the last hour, by type and reason; older ones are over', async () => {
    const warehouse = await warehouseFor(['shop.order.v1', 'shop.cart.v1']);
    await addRows(warehouse, 'shop.order.v1', [now - 61 * minute, now - 59 * minute, now]);
    await addRejected(warehouse, [
      { type: 'shop.order.v1', reason: 'schema', millis: now },
      { type: 'shop.order.v1', reason: 'schema', millis: now - 61 * minute },
      { type: 'shop.cart.v1', reason: 'time', millis: now - minute },
      { type: 'shop.unheard-of.v1', reason: 'unknown-type', millis: now },
      { reason: 'envelope', millis: now, events: 3 },
      // Kept twice, as a redelivery does.
      { type: 'shop.order.v1', reason: 'size', millis: now, key: 'again' },
      { type: 'shop.order.v1', reason: 'size', millis: now, key: 'again' },
    ]);
    const counts = makeLiveCounts({ warehouse, clock: createManualClock(now) });
    expect(await counts(['shop.cart.v1', 'shop.order.v1'])).toEqual({
      types: {
        'shop.order.v1': { rows: 2, rejected: { schema: 1, size: 1 } },
        'shop.cart.v1': { rows: 0, rejected: { time: 1 } },
      },
      others: { 'unknown-type': 1, envelope: 3 },
    });
  });

  test('rows of a type in alpha, and of one that has been promoted within the hour', async () => {
    const warehouse = await warehouseFor(['shop.order.v1']);
    await addRows(warehouse, 'shop.order.v1', [now]);
    const row = (type: string, receivedMillis: number) =>
      JSON.stringify({ ...envelope('key', receivedMillis), type, data: '{}' });
    await warehouse.append({ schema: datasets.raw, table: 'alpha' }, [
      row('shop.order.v1', now - minute),
      row('shop.cart.v1', now),
      row('shop.cart.v1', now - 61 * minute),
      row('shop.gone.v1', now),
    ]);
    const counts = await makeLiveCounts({ warehouse, clock: createManualClock(now) })([
      'shop.cart.v1',
      'shop.order.v1',
    ]);
    expect(counts?.types).toEqual({
      'shop.order.v1': { rows: 2, rejected: {} },
      'shop.cart.v1': { rows: 1, rejected: {} },
    });
  });

  test('more types than one statement takes, empty tables, and a type whose table is not there yet', async () => {
    const types = Array.from({ length: 110 }, (_, number) => `shop.order-${number}.v1`);
    const filled = types.slice(5);
    const warehouse = await warehouseFor(types);
    await Promise.all(filled.map((type) => addRows(warehouse, type, [now])));
    const counts = await makeLiveCounts({ warehouse, clock: createManualClock(now) })([...types, 'shop.new.v1']);
    expect(counts?.types).toEqual(Object.fromEntries(filled.map((type) => [type, { rows: 1, rejected: {} }])));
  });

  test('many pages cause one question a second', async () => {
    const warehouse = await warehouseFor(['shop.order.v1']);
    const clock = createManualClock(now);
    const counts = makeLiveCounts({ warehouse, clock });
    const [first, second] = await Promise.all([counts(['shop.order.v1']), counts(['shop.order.v1'])]);
    expect(second).toBe(first);
    await addRows(warehouse, 'shop.order.v1', [now]);
    expect(await counts(['shop.order.v1'])).toBe(first);
    clock.advance(1_000);
    expect(await counts(['shop.order.v1'])).toEqual({
      types: { 'shop.order.v1': { rows: 1, rejected: {} } },
      others: {},
    });
  });

  test('no answer where the warehouse refuses, and it is asked again later', async () => {
    const warehouse = await openTestWarehouse();
    const clock = createManualClock(now);
    const counts = makeLiveCounts({ warehouse, clock });
    expect(await counts([])).toBeUndefined();
    await ensureTables(warehouse, makeTopology([]));
    clock.advance(1_000);
    expect(await counts([])).toEqual({ types: {}, others: {} });
  });
});
