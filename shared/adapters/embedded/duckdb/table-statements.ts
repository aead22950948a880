import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../../../event-types/column.ts';
import { columnDefinition, quoteIdentifier, quoteTable, type TableName } from './columns.ts';
import { errorKind } from './errors.ts';
import { fittedValue } from './fitted-value.ts';
import type { ExistingColumn } from './table-change.ts';

export interface TableDescription extends TableName {
  /** At least one. Their names differ in more than case. */
  readonly columns: readonly Column[];
}

/** Creates the schema where there is none. */
export async function createSchema(connection: DuckDBConnection, schema: string): Promise<void> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
}

/** Creates the table; its schema must exist, the table must not. */
export async function createTable(connection: DuckDBConnection, description: TableDescription): Promise<void> {
  const definitions = description.columns.map(columnDefinition).join(', ');
  await connection.run(`CREATE TABLE ${quoteTable(description)} (${definitions})`);
}

/** The table's columns as they are stored, none when it does not exist. */
export async function existingColumns(connection: DuckDBConnection, name: TableName): Promise<ExistingColumn[]> {
  try {
    // Not `duckdb_columns()`, which describes every column of every table whatever is asked for: 4 to 10 ms a call.
    const described = await connection.runAndReadAll(`DESCRIBE ${quoteTable(name)}`);
    const empty = await connection.run(`SELECT * FROM ${quoteTable(name)} LIMIT 0`);
    return described.getRowObjects().map((column, position) => ({
      name: String(column['column_name']),
      nullable: column['null'] === 'YES',
      type: empty.columnType(position),
    }));
  } catch (error) {
    if (errorKind(error) === 'Catalog') return [];
    throw error;
  }
}

/**
 * Gives a table the described columns by copying it into a new one that takes its name, in one transaction.
 *
 * DuckDB 1.5.5 has ALTER TABLE … ADD COLUMN, also for a field of a STRUCT, but it cannot replay its log of the latter
 * ("no default database set"): after a SIGKILL the file would not open again. And ADD COLUMN … DEFAULT [] can
 * invalidate a database that has been checkpointed. A copy has neither flaw and matches the fields of a STRUCT by name.
 * Rows of before have the empty array in a new REPEATED column, as in BigQuery, but NULL in a new REPEATED *field*.
 */
export async function rewriteTable(
  connection: DuckDBConnection,
  description: TableDescription,
  existing: readonly ExistingColumn[],
): Promise<void> {
  await copyTable(connection, description, existing, (column) => quoteIdentifier(column.name));
}

/**
 * Gives a table the described columns where these lose or retype some: a value goes through JSON into the column that has
 * its name, by name in RECORDs, too. What has no column any more goes, and what the new type does not take is NULL.
 */
export async function renewTable(
  connection: DuckDBConnection,
  description: TableDescription,
  existing: readonly ExistingColumn[],
): Promise<{ readonly kind: 'renewed' }> {
  await copyTable(connection, description, existing, fittedValue);
  return { kind: 'renewed' };
}

async function copyTable(
  connection: DuckDBConnection,
  description: TableDescription,
  existing: readonly ExistingColumn[],
  selected: (column: Column) => string,
): Promise<void> {
  const copy: TableDescription = { ...description, table: `${description.table}__copy` };
  const stored = new Set(existing.map((column) => column.name));
  const copied = description.columns.filter((column) => stored.has(column.name) || column.mode === 'REPEATED');
  const names = copied.map((column) => quoteIdentifier(column.name));
  const values = copied.map((column) => (stored.has(column.name) ? selected(column) : '[]'));
  await connection.run('BEGIN TRANSACTION');
  try {
    await createTable(connection, copy);
    await connection.run(
      `INSERT INTO ${quoteTable(copy)} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${quoteTable(description)}`,
    );
    await connection.run(`DROP TABLE ${quoteTable(description)}`);
    await connection.run(`ALTER TABLE ${quoteTable(copy)} RENAME TO ${quoteIdentifier(description.table)}`);
    await connection.run('COMMIT');
  } catch (error) {
    // A failed COMMIT has ended the transaction already.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
