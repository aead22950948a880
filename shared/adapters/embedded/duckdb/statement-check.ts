import type { DuckDBConnection } from '@duckdb/node-api';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../event/json.ts';

/** SQL that may run, or why not. The reason is for whoever wrote the SQL. */
export type StatementCheck = { readonly kind: 'allowed' } | { readonly kind: 'refused'; readonly reason: string };

/** A longer statement is refused before it is parsed. */
const maxSqlBytes = 65_536;

/**
 * Functions that may stand in FROM: they compute, or describe the catalog. All others are refused, whatever a later
 * DuckDB adds, because a table function may have effects that a read-only transaction does not stop (`checkpoint`,
 * `enable_logging`, `truncate_duckdb_logs`, `enable_profiling`), read files (which the instance forbids as well, but for
 * its own), or hide another statement in a text (`query`, `json_execute_serialized_sql`).
 */
const allowedTableFunctions: ReadonlySet<string> = new Set([
  'duckdb_columns',
  'duckdb_constraints',
  'duckdb_functions',
  'duckdb_keywords',
  'duckdb_schemas',
  'duckdb_tables',
  'duckdb_types',
  'duckdb_views',
  'generate_series',
  'histogram',
  'histogram_values',
  'icu_calendar_names',
  'json_each',
  'json_tree',
  'pg_timezone_names',
  'pragma_table_info',
  'pragma_version',
  'range',
  'repeat',
  'unnest',
]);

/** Functions of values that do more than compute one, or that plan a statement hidden in a text. */
const refusedFunctions: ReadonlySet<string> = new Set([
  'getenv',
  'json_serialize_plan',
  'nextval',
  'pg_sleep',
  'sleep_ms',
  'write_log',
]);

const explainPattern = /^\s*explain\b\s*(?:analyze\b\s*)?(?:\(\s*(?:(?:analyze|format\s+\w+)\s*,?\s*)+\)\s*)?(?=\S)/i;

/**
 * Parses `sql` without running it, and refuses what is not exactly one SELECT, or an EXPLAIN of one. WITH, FROM, VALUES,
 * DESCRIBE, SHOW and SUMMARIZE are SELECTs to DuckDB; it can serialize nothing else (`json_serialize_sql`), so whatever
 * this function has read is a SELECT. Tables are named, not files. Rejects with DuckDB's error when it cannot parse.
 */
export async function checkStatement(connection: DuckDBConnection, sql: string): Promise<StatementCheck> {
  if (sql.trim() === '') return refused('there is no statement');
  if (Buffer.byteLength(sql) > maxSqlBytes) return refused(`the statement is longer than ${maxSqlBytes} bytes`);
  const { count } = await connection.extractStatements(sql);
  if (count !== 1) {
    return refused(
      `exactly one statement can be run, this is ${count} (PIVOT is two unless its values are listed: ON column IN (…))`,
    );
  }
  const select = sql.replace(explainPattern, '');
  const serialized = await connection.runAndReadAll(
    'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)::VARCHAR',
    [select],
  );
  const tree: JsonValue = JSON.parse(String(serialized.getRows()[0]?.[0]));
  return checkTree(tree);
}

function checkTree(tree: JsonValue): StatementCheck {
  if (!isJsonObject(tree) || !Array.isArray(tree['statements']) || tree['statements'].length !== 1) {
    const isSelect = isJsonObject(tree) && tree['error_type'] === 'parser';
    const detail = isSelect
      ? String(tree['error_message'])
      : 'INSERT, CREATE, SET, COPY, CALL, PRAGMA … are not allowed';
    return refused(`only SELECT (and EXPLAIN, DESCRIBE, SHOW, SUMMARIZE) can be run here: ${detail}`);
  }
  // Not recursive: the tree is as deep as the statement, up to DuckDB's own limit of 1,000 expressions.
  const rest: JsonValue[] = [tree];
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    if (isJsonObject(node)) {
      const problem = nodeProblem(node);
      if (problem !== undefined) return refused(problem);
    }
    if (typeof node === 'object' && node !== null) for (const child of Object.values(node)) rest.push(child);
  }
  return { kind: 'allowed' };
}

function nodeProblem(node: JsonObject): string | undefined {
  const call = node['type'] === 'TABLE_FUNCTION' ? node['function'] : undefined;
  if (isJsonObject(call)) {
    const name = String(call['function_name']).toLowerCase();
    return allowedTableFunctions.has(name) ? undefined : `the table function ${name} is not allowed here`;
  }
  const name = node['function_name'];
  if (typeof name === 'string' && refusedFunctions.has(name.toLowerCase())) {
    return `the function ${name.toLowerCase()} is not allowed here`;
  }
  const table = node['type'] === 'BASE_TABLE' ? node['table_name'] : undefined;
  // DuckDB reads FROM 'a/b.parquet' as a file. Its own file is one that its settings cannot forbid.
  if (typeof table === 'string' && /[./\\:]/.test(table)) return 'only tables and views can be read, no files';
  return undefined;
}

function refused(reason: string): StatementCheck {
  return { kind: 'refused', reason };
}
