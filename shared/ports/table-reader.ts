/** A column as the warehouse has it. */
export interface TableColumn {
  readonly name: string;
  /** BigQuery's standard name: `INT64`, `RECORD`, …; also types that no schema maps to. */
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  /** Of a RECORD: its columns. */
  readonly fields?: readonly TableColumn[];
}

/** Looks at the tables that events are written to. */
export interface TableReader {
  /** The columns of a table in its order, or undefined when there is no such table. Rejects with `Unavailable`. */
  columns(dataset: string, table: string): Promise<readonly TableColumn[] | undefined>;
}
