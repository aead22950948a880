import type { Column } from '../../../event-types/column.ts';
import { heartbeatSdk } from '../../../sdks/heartbeat.ts';
import { quoteIdentifier, quoteTable, quoteText, type TableName } from './columns.ts';
import { recordFromJson, withFittingLists } from './fitted-value.ts';

/** The rows of a type in the table that alpha types share: columns `type` and JSON `data` beside the envelope's. */
export interface AlphaRows {
  readonly table: TableName;
  readonly type: string;
  /** The RECORD that `data` is in the type's own table; absent where that has none. */
  readonly data?: Column;
}

export interface ExactViewDescription {
  /** The base table; it has the columns `event_time`, `event_key`, `received_time` and `replayed`. */
  readonly table: TableName;
  readonly view: TableName;
  /** Names of the columns that the view shows, in order. */
  readonly columns: readonly string[];
  /** Rows from before the type had a table of its own, which the view shows as if they were in it. */
  readonly alphaRows?: AlphaRows;
}

/**
 * SQL that creates or replaces a view with one row per (event_time, event_key): the copy that was received first, a
 * replayed one only where there is no other. COALESCE, since BigQuery sorts NULL first and DuckDB last. No heartbeats.
 */
export function exactViewStatement({ view, table, columns, alphaRows }: ExactViewDescription): string {
  const own = `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ${quoteTable(table)}`;
  const all = alphaRows === undefined ? own : `FROM (${own} UNION ALL ${alphaSelect(columns, alphaRows)})`;
  // Tables of events all tell the SDK; others have no heartbeats.
  const events = columns.includes('sdk') ? `WHERE sdk <> '${heartbeatSdk}' ` : '';
  return (
    `CREATE OR REPLACE VIEW ${quoteTable(view)} AS ${all} ${events}` +
    'QUALIFY row_number() OVER (' +
    'PARTITION BY event_time, event_key ORDER BY COALESCE(replayed, FALSE), received_time) = 1'
  );
}

function alphaSelect(columns: readonly string[], { table, type, data }: AlphaRows): string {
  const values = columns.map((name) =>
    name === data?.name
      ? `${withFittingLists(data, quoteIdentifier(name))} AS ${quoteIdentifier(name)}`
      : quoteIdentifier(name),
  );
  const rows = `FROM ${quoteTable(table)} WHERE type = ${quoteText(type)}`;
  return `SELECT ${values.join(', ')} ${data === undefined ? rows : `FROM (SELECT * REPLACE (${recordFromJson(data, quoteIdentifier(data.name))} AS ${quoteIdentifier(data.name)}) ${rows})`}`;
}
