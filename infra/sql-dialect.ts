import type { Column } from '../shared/event-types/column.ts';

/**
 * What GoogleSQL and DuckDB spell differently. Everything else of the statements here is one text, which both read: no
 * name in it is reserved in either.
 */
export interface Dialect {
  readonly engine: 'bigquery' | 'duckdb';
  table(dataset: string, table: string): string;
  /** An instant, RFC 3339. */
  timestamp(text: string): string;
  /** The UTC day of an instant. */
  dayOf(timestamp: string): string;
  /** The Monday of an instant's UTC week, as a day. */
  weekOf(timestamp: string): string;
  /** The first instant of a UTC day. */
  startOf(day: string): string;
  hourOf(timestamp: string): string;
  /** Microseconds since the epoch. */
  micros(timestamp: string): string;
  /** An aggregate: the value below which this share of the values lies, of one of them. */
  percentile(value: string, percent: number): string;
  /** The text at a path of a JSON value. */
  textAt(json: string, path: string): string;
  /** Bytes as a literal: some functions take no expression. */
  bytes(value: Uint8Array): string;
  /** Eight hexadecimal digits of an integer below 2^32. */
  hex32(integer: string): string;
  /** In FROM: the hours from one instant to another, both whole, as column `hour` of `alias`. */
  hours(first: string, last: string, alias: string): string;
  /** In FROM: texts as column `name` of `alias`. None: no row. */
  texts(values: readonly string[], name: string, alias: string): string;
  /** A column's name as an identifier. */
  name(text: string): string;
  /** What is in a column of which there is no value: NULL of its type, or the empty array. */
  nullOf(column: Column): string;
  /** A RECORD of named values. */
  record(fields: readonly (readonly [name: string, value: string])[]): string;
}

/** The instant at which a statement runs, in both. */
export const currentTime = 'CURRENT_TIMESTAMP()';

/** BigQuery's, for a project. */
export function googleSql(projectId: string): Dialect {
  return {
    engine: 'bigquery',
    table: (dataset, table) => `\`${projectId}.${dataset}.${table}\``,
    timestamp: (text) => `TIMESTAMP ${quote(text)}`,
    dayOf: (timestamp) => `DATE(${timestamp})`,
    weekOf: (timestamp) => `DATE_TRUNC(DATE(${timestamp}), ISOWEEK)`,
    startOf: (day) => `TIMESTAMP(${day})`,
    hourOf: (timestamp) => `TIMESTAMP_TRUNC(${timestamp}, HOUR)`,
    micros: (timestamp) => `UNIX_MICROS(${timestamp})`,
    percentile: (value, percent) => `APPROX_QUANTILES(${value}, 100)[OFFSET(${percent})]`,
    textAt: (json, path) => `JSON_VALUE(${json}, ${quote(path)})`,
    bytes: (value) => `b'${escapedBytes(value)}'`,
    hex32: (integer) => `FORMAT('%08x', ${integer})`,
    hours: (first, last, alias) =>
      `UNNEST(GENERATE_TIMESTAMP_ARRAY(${first}, ${last}, INTERVAL 1 HOUR)) AS hour_of_${alias}`,
    texts: (values, name) => `UNNEST(ARRAY<STRING>[${values.map(quote).join(', ')}]) AS ${name}`,
    name: (text) => `\`${text}\``,
    nullOf: (column) =>
      column.mode === 'REPEATED' ? `${googleType(column)}[]` : `CAST(NULL AS ${googleType(column)})`,
    record: (fields) => `STRUCT(${fields.map(([name, value]) => `${value} AS \`${name}\``).join(', ')})`,
  };
}

function googleType({ type, mode, fields = [] }: Column): string {
  const ofFields = fields.map((field) => `\`${field.name}\` ${googleType(field)}`);
  const one = type === 'RECORD' ? `STRUCT<${ofFields.join(', ')}>` : type;
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one;
}

/** The local deployment's. Its instants have a time zone, its session's is UTC. */
export const duckDb: Dialect = {
  engine: 'duckdb',
  table: (dataset, table) => `"${dataset}"."${table}"`,
  timestamp: (text) => `TIMESTAMPTZ ${quote(text)}`,
  dayOf: (timestamp) => `CAST(timezone('UTC', ${timestamp}) AS DATE)`,
  weekOf: (timestamp) => `CAST(date_trunc('week', timezone('UTC', ${timestamp})) AS DATE)`,
  startOf: (day) => `timezone('UTC', CAST(${day} AS TIMESTAMP))`,
  hourOf: (timestamp) => `date_trunc('hour', ${timestamp})`,
  micros: (timestamp) => `epoch_us(${timestamp})`,
  percentile: (value, percent) => `quantile_disc(${value}, ${percent / 100})`,
  textAt: (json, path) => `json_extract_string(${json}, ${quote(path)})`,
  bytes: (value) => `CAST('${escapedBytes(value)}' AS BLOB)`,
  hex32: (integer) => `printf('%08x', ${integer})`,
  hours: (first, last, alias) => `generate_series(${first}, ${last}, INTERVAL 1 HOUR) AS ${alias}(hour_of_${alias})`,
  texts: (values, name, alias) => `unnest(CAST([${values.map(quote).join(', ')}] AS VARCHAR[])) AS ${alias}(${name})`,
  name: (text) => `"${text}"`,
  nullOf: (column) => `CAST(${column.mode === 'REPEATED' ? '[]' : 'NULL'} AS ${duckType(column)})`,
  record: (fields) => `struct_pack(${fields.map(([name, value]) => `"${name}" := ${value}`).join(', ')})`,
};

const duckTypes: Readonly<Record<Exclude<Column['type'], 'RECORD'>, string>> = {
  STRING: 'VARCHAR',
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  DATE: 'DATE',
  JSON: 'JSON',
};

function duckType({ type, mode, fields = [] }: Column): string {
  const ofFields = fields.map((field) => `"${field.name}" ${duckType(field)}`);
  const one = type === 'RECORD' ? `STRUCT(${ofFields.join(', ')})` : duckTypes[type];
  return mode === 'REPEATED' ? `${one}[]` : one;
}

/** Each byte as both read it in a literal: `\\x0a`. */
function escapedBytes(value: Uint8Array): string {
  return Buffer.from(value).toString('hex').replace(/../g, '\\x$&');
}

/** A text of letters, digits and punctuation without quotes, as all that comes here is. */
export function quote(text: string): string {
  if (/['\\]/.test(text)) throw new TypeError('a text with quotes or backslashes is no name of ours');
  return `'${text}'`;
}
