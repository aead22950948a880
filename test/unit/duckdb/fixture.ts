import { onTestFinished } from 'vitest';
import { type QueryOutcome, type QueryRows, runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import {
  openWarehouse,
  type Warehouse,
  type WarehouseSettings,
} from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { eventColumns, eventRow, eventTable } from './rows.ts';

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

/** A warehouse with one event table, its exact view, and three rows of which two are copies of one event. */
export async function openSampleWarehouse(path?: string): Promise<Warehouse> {
  const warehouse = await openTestWarehouse(path);
  await fillSample(warehouse);
  return warehouse;
}

export async function fillSample(warehouse: Warehouse): Promise<void> {
  await warehouse.ensureTable({ ...eventTable, columns: eventColumns });
  await warehouse.ensureExactView({
    table: eventTable,
    view: { schema: 'events', table: 'shop_sale_v1' },
    columns: eventColumns.map(({ name }) => name),
  });
  await warehouse.append(eventTable, [eventRow('a', 1, 9), eventRow('a', 2, 1), eventRow('b', 3)]);
}
