import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../../../event-types/column.ts';
import { quoteIdentifier, quoteTable, quoteText, type TableName } from './columns.ts';

/** What a table or view is said to hold, and its columns. */
export interface TableComments extends TableName {
  readonly kind: 'table' | 'view';
  readonly description: string;
  readonly columns: readonly Column[];
  /** Made a moment ago, so that it has no comments yet. Default false: they are read, which takes milliseconds a table of the file. */
  readonly isNew?: boolean;
}

/** Columns of the widest RECORDs have some hundred fields; more text than this is cut, at a line. */
const maxCommentLength = 65_536;

/** Of a table or view, and of each of its columns by name. */
interface ExistingComments {
  readonly own: string | undefined;
  readonly columns: ReadonlyMap<string, string>;
}

const none: ExistingComments = { own: undefined, columns: new Map() };

/**
 * Makes descriptions comments, which `duckdb_tables()`, `duckdb_views()` and `duckdb_columns()` show. Writes those alone
 * that are not there yet, in one transaction. What is described must exist.
 */
export async function writeComments(connection: DuckDBConnection, tables: readonly TableComments[]): Promise<void> {
  const allNew = tables.every(({ isNew = false }) => isNew);
  const existing = allNew ? new Map<string, ExistingComments>() : await existingComments(connection);
  const statements = tables.flatMap((table) => statementsOf(table, existing.get(quoteTable(table)) ?? none));
  if (statements.length === 0) return;
  await connection.run('BEGIN TRANSACTION');
  try {
    await connection.run(statements.join(';\n'));
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function statementsOf({ kind, description, columns, ...name }: TableComments, existing: ExistingComments): string[] {
  const table = quoteTable(name);
  const own =
    existing.own === description
      ? []
      : [`COMMENT ON ${kind === 'table' ? 'TABLE' : 'VIEW'} ${table} IS ${quoteText(description)}`];
  const ofColumns = columns.flatMap((column) => {
    const comment = commentOf(column);
    if (comment === '' || existing.columns.get(column.name) === comment) return [];
    return [`COMMENT ON COLUMN ${table}.${quoteIdentifier(column.name)} IS ${quoteText(comment)}`];
  });
  return [...own, ...ofColumns];
}

/**
 * The column's description; of a RECORD, a line for each of its fields follows, at any depth: `client.os STRING: Operating
 * system`. DuckDB has no comments on fields.
 */
function commentOf({ description = '', fields = [] }: Column): string {
  const lines = [oneLine(description), ...fields.flatMap((field) => fieldLines(field, ''))];
  const text = lines.join('\n');
  return text.length <= maxCommentLength ? text : text.slice(0, text.lastIndexOf('\n', maxCommentLength));
}

function fieldLines({ name, type, mode, description = '', fields = [] }: Column, path: string): string[] {
  const repeated = mode === 'REPEATED' ? ' REPEATED' : '';
  const line = `${path}${name} ${type}${repeated}: ${oneLine(description)}`;
  return [line, ...fields.flatMap((field) => fieldLines(field, `${path}${name}.`))];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

async function existingComments(connection: DuckDBConnection): Promise<ReadonlyMap<string, ExistingComments>> {
  const found = await connection.runAndReadAll(
    `SELECT schema_name, table_name, NULL, comment FROM duckdb_tables() WHERE comment IS NOT NULL
UNION ALL SELECT schema_name, view_name, NULL, comment FROM duckdb_views() WHERE comment IS NOT NULL
UNION ALL SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL`,
  );
  const byTable = new Map<string, { own: string | undefined; columns: Map<string, string> }>();
  for (const [schema, table, column, comment] of found.getRows()) {
    const name = quoteTable({ schema: String(schema), table: String(table) });
    const comments = byTable.get(name) ?? { own: undefined, columns: new Map() };
    if (column === null) comments.own = String(comment);
    else comments.columns.set(String(column), String(comment));
    byTable.set(name, comments);
  }
  return byTable;
}
