/** A value that a statement names by `dialect.parameter`; never written into its text. */
export type StatementValue = string | number | boolean;

/** What GoogleSQL and DuckDB write differently in the statements here. */
export interface StatementDialect {
  readonly engine: 'bigquery' | 'duckdb';
  /** A table or view as the statement writes it. Names are letters, digits and `_`. */
  table(dataset: string, table: string): string;
  parameter(name: string): string;
  /** A SELECT of the texts that a parameter holds as a JSON array, column `one`; for `IN (…)` and FROM. */
  texts(parameter: string): string;
  /** The time that an RFC 3339 text in this expression says. */
  timestamp(expression: string): string;
  /** The whole milliseconds of a time since 1970. */
  millis(expression: string): string;
}

export interface TableStatement {
  /** One statement; what differs between engines is the dialect's. Holds no value of an event. */
  sql(dialect: StatementDialect): string;
  readonly parameters?: Readonly<Record<string, StatementValue>>;
}

export type StatementOutcome =
  | { readonly kind: 'done'; readonly rows: number }
  /** A table that it names is not there; nothing was changed. */
  | { readonly kind: 'no-table' }
  /** Others change the table, or rows are too new to be changed; nothing was changed. To be asked for again. */
  | { readonly kind: 'busy' };

/**
 * Changes rows of the warehouse's tables: those that the function's needs name under `changes`, and no other. A statement
 * is done whole or not at all, and takes as long as its function may at most. All reject with `Unavailable` when it is not known whether it
 * was done: statements are written so that they can be repeated.
 */
export interface TableStatements {
  /** Runs one UPDATE, DELETE or INSERT; `rows`: how many it changed. */
  change(statement: TableStatement): Promise<StatementOutcome>;
  /** Runs one SELECT of one number; `rows` is that number. */
  count(statement: TableStatement): Promise<StatementOutcome>;
  /** How many bytes the statement would read, without running it; undefined where the engine does not say. */
  bytesOf(statement: TableStatement): Promise<number | undefined>;
}
