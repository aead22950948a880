import { onTestFinished } from 'vitest';
import { type QueryOutcome, type QueryRows, runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import {
  openWarehouse,
  type Warehouse,
  type WarehouseSettings,
} from '../../../shared/adapters/embedded/duckdb/tables.ts';
import type { Column } from '../../../shared/schema-language/column.ts';

export function column(name: string, type: Column['type'], rest: Partial<Column> = {}): Column {
  return { name, property: name, type, mode: 'NULLABLE', ...rest };
}

/** A warehouse that is closed when the test has finished. */
export async function openTestWarehouse(
  path = ':memory:',
  settings: Partial<WarehouseSettings> = {},
): Promise<Warehouse> {
  const warehouse = await openWarehouse({ path, settings });
  onTestFinished(() => warehouse.close());
  return warehouse;
}

export function query(warehouse: Warehouse, sql: string): Promise<QueryOutcome> {
  return runReadOnlyQuery(warehouse, sql, { maxRows: 100_000, timeoutMillis: 15_000 });
}

/** The rows of a query that must succeed. */
export async function rowsOf(warehouse: Warehouse, sql: string): Promise<QueryRows['rows']> {
  const outcome = await query(warehouse, sql);
  if (outcome.kind === 'refused') throw new Error(`${sql}: ${outcome.reason}`);
  return outcome.rows;
}

export const eventColumns: readonly Column[] = [
  column('event_key', 'STRING', { mode: 'REQUIRED' }),
  column('event_time', 'TIMESTAMP', { mode: 'REQUIRED' }),
  column('received_time', 'TIMESTAMP', { mode: 'REQUIRED' }),
  column('data', 'RECORD', { fields: [column('number', 'INT64')] }),
];

export const eventTable = { schema: 'events_raw', table: 'shop_sale_v1' };

export function eventRow(key: string, number: number, receivedSecond = 0): string {
  return JSON.stringify({
    event_key: key,
    event_time: '2026-01-02T03:04:05.000006Z',
    received_time: `2026-01-02T03:05:${String(receivedSecond).padStart(2, '0')}Z`,
    data: { number },
  });
}

/** A warehouse with one event table, its exact view, and three rows of which two are copies of one event. */
export async function openSampleWarehouse(path?: string): Promise<Warehouse> {
  const warehouse = await openTestWarehouse(path);
  await warehouse.ensureTable({ ...eventTable, columns: eventColumns });
  await warehouse.ensureExactView({
    table: eventTable,
    view: { schema: 'events', table: 'shop_sale_v1' },
    columns: eventColumns.map(({ name }) => name),
  });
  await warehouse.append(eventTable, [eventRow('a', 1, 9), eventRow('a', 2, 1), eventRow('b', 3)]);
  return warehouse;
}
