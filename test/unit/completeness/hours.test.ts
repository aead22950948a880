import { expect, test } from 'vitest';
import { freshnessQuery } from '../../../infra/completeness/freshness-query.ts';
import { hourMarkersQuery, hourStatesQuery } from '../../../infra/completeness/hours-query.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { duckDb } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse, rowsOf } from '../duckdb/fixture.ts';

const type = 'shop.order.v1';
const types = { own: [type] };
const asOf = duckDb.timestamp('2026-03-01T12:40:00Z');
const at = (time: string) => `2026-03-01T${time}.000000Z`;

interface TestRow {
  readonly key: string;
  readonly received: string;
  readonly region?: string;
  readonly made?: string;
  readonly event?: string;
  readonly sdk?: string;
}

function row({ key, received, region = 'eu', made = received, event = received, sdk = 'web' }: TestRow): JsonObject {
  return {
    event_key: key,
    event_time: at(event),
    received_time: at(received),
    source: 's',
    sdk,
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    ingest_region: region,
    row_time: at(made),
  };
}

const beat = (hourEnd: string, region = 'eu') =>
  row({
    key: `beat-${hourEnd}-${region}`,
    event: hourEnd,
    received: hourEnd.replace(':00:', ':05:'),
    region,
    sdk: 'edi-heartbeat',
  });

async function warehouseWith(rows: readonly JsonObject[]): Promise<Warehouse> {
  const warehouse = await openTestWarehouse();
  await ensureTables(warehouse, makeTopology([eventSchema(schemaDocument())]));
  await warehouse.append(
    { schema: 'events_raw', table: 'shop_order_v1' },
    rows.map((one) => JSON.stringify(one)),
  );
  return warehouse;
}

async function mark(warehouse: Warehouse) {
  const sql = hourMarkersQuery({ dialect: duckDb, types, hours: 6, asOf });
  const rows = await rowsOf(warehouse, `${sql} ORDER BY hour, region`);
  const names = ['hour', 'type', 'region', 'state', 'events', 'heartbeat_time', 'marked_time'];
  const markers = rows.map((values) => Object.fromEntries(names.map((name, column) => [name, values[column]])));
  await warehouse.append(
    { schema: 'operations', table: 'completeness_hours' },
    markers.map((marker) => JSON.stringify(marker)),
  );
  return markers.map(({ hour, region, state, events }) => [String(hour).slice(11, 13), region, state, events]);
}

test('an hour is marked once its heartbeat is in the table of its type, and only once', async () => {
  const warehouse = await warehouseWith([
    row({ key: 'a', received: '09:00:00' }),
    // Delivered twice, received in the hour although it happened before it.
    row({ key: 'b', received: '09:59:59', event: '07:00:00' }),
    row({ key: 'b', received: '09:59:59', event: '07:00:00' }),
    row({ key: 'c', received: '11:30:00' }),
    row({ key: 'elsewhere', received: '09:30:00', region: 'us' }),
    beat('10:00:00'),
    beat('10:00:00'),
    beat('11:00:00'),
  ]);
  expect(await mark(warehouse)).toEqual([
    ['09', 'eu', 'complete', 3],
    ['10', 'eu', 'empty', 0],
  ]);
  expect(await mark(warehouse)).toEqual([]);
  await warehouse.append({ schema: 'events_raw', table: 'shop_order_v1' }, [JSON.stringify(beat('12:00:00'))]);
  expect(await mark(warehouse)).toEqual([['11', 'eu', 'complete', 1]]);
});

test('hours from before the promotion of a type are marked by what it has in the table of alpha', async () => {
  const warehouse = await warehouseWith([row({ key: 'late', received: '10:30:00' }), beat('12:00:00')]);
  const early = [row({ key: 'a', received: '10:10:00' }), beat('11:00:00')].map((one) => ({ ...one, type }));
  const other = { ...beat('10:00:00'), type: 'shop.new.v1' };
  await warehouse.append(
    { schema: 'events_raw', table: 'alpha' },
    [...early, other].map((one) => JSON.stringify(one)),
  );
  expect(await mark(warehouse)).toEqual([
    ['10', 'eu', 'complete', 2],
    ['11', 'eu', 'empty', 0],
  ]);
});

test('every hour, type and region has one of four states', async () => {
  const warehouse = await warehouseWith([
    row({ key: 'a', received: '08:30:00' }),
    beat('09:00:00'),
    beat('10:00:00'),
    beat('11:00:00', 'us'),
  ]);
  await mark(warehouse);
  const question = {
    dialect: duckDb,
    asOf,
    hours: 4,
    graceMinutes: 90,
    regions: ['eu', 'us'],
    types: [type, 'shop.new.v1'],
    retired: [],
  };
  const rows = await rowsOf(warehouse, `${hourStatesQuery(question)} ORDER BY type, region, hour`);
  const states = Map.groupBy(rows, ([, ofType, region]) => `${ofType} ${region}`);
  expect(Object.fromEntries([...states].map(([key, of]) => [key, of.map(([, , , state]) => state)]))).toEqual({
    // Hours from 8 to 11, at 12:40: after 90 minutes what has not come is broken.
    'shop.order.v1 eu': ['complete', 'empty', 'broken', 'late'],
    'shop.order.v1 us': ['broken', 'broken', 'empty', 'late'],
    'shop.new.v1 eu': ['broken', 'broken', 'broken', 'late'],
    'shop.new.v1 us': ['broken', 'broken', 'broken', 'late'],
  });
});

test('a region that was taken away, or a type that was retired, is not broken: hours of before are as they were', async () => {
  const warehouse = await warehouseWith([
    row({ key: 'a', received: '08:30:00' }),
    beat('09:00:00'),
    beat('10:00:00', 'us'),
  ]);
  await mark(warehouse);
  const none: readonly string[] = [];
  const question = { dialect: duckDb, asOf, hours: 4, graceMinutes: 90, regions: ['eu'], types: [type], retired: none };
  const statesOf = async (change: { readonly types?: readonly string[]; readonly retired?: readonly string[] }) => {
    const rows = await rowsOf(warehouse, `${hourStatesQuery({ ...question, ...change })} ORDER BY region, hour`);
    return rows.map(([hour, , region, state]) => `${String(hour).slice(11, 13)} ${region} ${state}`);
  };
  expect(await statesOf({})).toEqual(['08 eu complete', '09 eu broken', '10 eu broken', '11 eu late', '09 us empty']);
  expect(await statesOf({ types: none, retired: [type] })).toEqual(['08 eu complete', '09 us empty']);
});

test('exact views show no heartbeat', async () => {
  const warehouse = await warehouseWith([row({ key: 'a', received: '09:00:00' }), beat('10:00:00')]);
  expect(await rowsOf(warehouse, 'SELECT event_key FROM events.shop_order_v1')).toEqual([['a']]);
});

test('freshness is of the rows of a day, heartbeats left out', async () => {
  const rows = Array.from({ length: 100 }, (_, n) => {
    const minute = String(n % 60).padStart(2, '0');
    const made = `10:${minute}:${n === 99 ? '50' : '02'}`;
    return row({ key: `k${n}`, received: `10:${minute}:00`, made });
  });
  const warehouse = await warehouseWith([...rows, beat('12:00:00')]);
  const [fresh] = await rowsOf(warehouse, freshnessQuery({ dialect: duckDb, types, hours: 6, asOf }));
  expect(fresh?.slice(0, 7)).toEqual([type, 'eu', at('10:59:00'), at('10:59:02'), 100, 2, expect.any(Number)]);
  expect(Number(fresh?.[6])).toBeGreaterThanOrEqual(2);
});
