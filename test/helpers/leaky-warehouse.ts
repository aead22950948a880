import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';

/** A warehouse that refuses the rows of a table while `isAway` says so of it. */
export function leakyWarehouse(warehouse: Warehouse, isAway: (table: string) => boolean): Warehouse {
  return {
    ensureTable: (description) => warehouse.ensureTable(description),
    ensureExactView: (description) => warehouse.ensureExactView(description),
    ensureView: (view, query) => warehouse.ensureView(view, query),
    comment: (tables) => warehouse.comment(tables),
    append: async (table, rows) =>
      isAway(table.table)
        ? rows.map(() => ({ kind: 'refused', reason: 'the table is away' }))
        : warehouse.append(table, rows),
    change: (sql, parameters) => warehouse.change(sql, parameters),
    columns: (table) => warehouse.columns(table),
    leaseQuery: () => warehouse.leaseQuery(),
    copyInto: (folder) => warehouse.copyInto(folder),
    close: () => warehouse.close(),
  };
}
