import type { Column } from '../shared/event-types/column.ts';
import { heartbeatSdk } from '../shared/sdks/heartbeat.ts';

/** The rows of one type in the table that types in alpha share: columns `type` and JSON `data` beside the envelope's. */
interface AlphaRowsSource {
  readonly dataset: string;
  readonly table: string;
  readonly type: string;
}

export interface ExactViewSource {
  readonly projectId: string;
  readonly dataset: string;
  readonly table: string;
  readonly columns: readonly Column[];
  /** Rows from before the type had a table of its own, which the view shows as if they were in it. */
  readonly alphaRows?: AlphaRowsSource;
}

/**
 * Which copy of an event the exact view shows: the one that was received first; one that had been refused and was
 * replayed only where no other was accepted. COALESCE, since BigQuery sorts NULL first and DuckDB last.
 */
const firstCopy = 'PARTITION BY event_time, event_key ORDER BY COALESCE(replayed, FALSE), received_time';

/**
 * GoogleSQL of a type's exact view: one row per `event_key`, heartbeats left out. All copies of an event have one
 * `event_time`, so a filter on it reads only the days that it names. Columns are listed, because a view keeps the columns
 * that `SELECT *` had when it was made. DuckDB's view (`shared/adapters/embedded/duckdb`) says the same.
 */
export function exactViewQuery({ projectId, dataset, table, columns, alphaRows }: ExactViewSource): string {
  const own = `${selectList(columns.map(({ name }) => `\`${name}\``))}\nFROM \`${projectId}.${dataset}.${table}\``;
  return (
    `${alphaRows === undefined ? own : bothTables(own, { projectId, columns, alphaRows })}\nWHERE sdk != '${heartbeatSdk}'\n` +
    `QUALIFY ROW_NUMBER() OVER (${firstCopy}) = 1`
  );
}

function bothTables(
  own: string,
  { projectId, columns, alphaRows }: Required<Pick<ExactViewSource, 'projectId' | 'columns' | 'alphaRows'>>,
): string {
  const values = columns.map((column) =>
    column.type === 'RECORD' ? `${record(column, column.name, 0)} AS \`${column.name}\`` : `\`${column.name}\``,
  );
  // A type's name is of letters, digits, "-" and ".".
  return [
    `${selectList(columns.map(({ name }) => `\`${name}\``))}\nFROM (`,
    own,
    `UNION ALL\n${selectList(values)}\nFROM \`${projectId}.${alphaRows.dataset}.${alphaRows.table}\``,
    `WHERE type = '${alphaRows.type}'\n)`,
  ].join('\n');
}

function selectList(values: readonly string[]): string {
  return `SELECT\n${values.map((value) => `  ${value}`).join(',\n')}`;
}

/** A value of the column from JSON: what a row of the type's own table would hold. `json` has the value itself. */
function typed(column: Column, json: Json, depth: number): string {
  if (column.mode === 'REPEATED') {
    const [item, at] = [`item${depth}`, `at${depth}`];
    const one = typed({ ...column, mode: 'NULLABLE' }, { of: item, path: '$' }, depth + 1);
    // BigQuery refuses a whole result for one list with a NULL in it: what a draft had there and does not fit is left out.
    const fits = column.type === 'RECORD' ? '' : ` WHERE ${one} IS NOT NULL`;
    return `ARRAY(SELECT ${one} FROM UNNEST(${call('JSON_QUERY_ARRAY', json)}) AS ${item} WITH OFFSET AS ${at}${fits} ORDER BY ${at})`;
  }
  if (column.type === 'RECORD') {
    return json.path === '$'
      ? record(column, json.of, depth)
      : `IF(${call('JSON_QUERY', json)} IS NULL, NULL, ${struct(column, json, depth)})`;
  }
  if (column.type === 'JSON') return call('JSON_QUERY', json);
  if (column.type === 'STRING') return call('JSON_VALUE', json);
  return `SAFE_CAST(${call('JSON_VALUE', json)} AS ${column.type})`;
}

interface Json {
  /** A column or variable of type JSON. */
  readonly of: string;
  readonly path: string;
}

/** Column names are letters, digits and "_", so a path needs no quotes. */
function call(name: string, { of, path }: Json): string {
  return `${name}(${of}, '${path}')`;
}

function record(column: Column, of: string, depth: number): string {
  return `IF(${of} IS NULL, NULL, ${struct(column, { of, path: '$' }, depth)})`;
}

function struct({ fields = [] }: Column, { of, path }: Json, depth: number): string {
  const values = fields.map(
    (field) => `${typed(field, { of, path: `${path}.${field.name}` }, depth)} AS \`${field.name}\``,
  );
  return `STRUCT(${values.join(', ')})`;
}
