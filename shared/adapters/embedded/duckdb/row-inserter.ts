import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import type { Column } from '../../../event-types/column.ts';
import type { TableName } from './columns.ts';
import { insertStatement } from './insert-statement.ts';

/** Writes checked rows, JSON texts, in one transaction; one call at a time. Rejects with DuckDB's error. */
export type RowInserter = (rows: readonly string[]) => Promise<void>;

/** For a table that is there. The statement is planned once: that costs some milliseconds (again by DuckDB, when a table has changed). */
export function makeRowInserter(
  connection: DuckDBConnection,
  table: TableName,
  columns: readonly Column[],
): RowInserter {
  const sql = insertStatement(table, columns);
  let prepared: DuckDBPreparedStatement | undefined;
  return async (rows) => {
    prepared ??= await connection.prepare(sql);
    prepared.bindVarchar(1, `[${rows.join(',')}]`);
    try {
      await prepared.run();
    } finally {
      prepared.clearBindings();
    }
  };
}
