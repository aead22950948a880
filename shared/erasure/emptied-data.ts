import { beginningLength } from '../crypto/pseudonym.ts';
import type { PersonalPlace } from '../event-types/personal-places.ts';
import type { StatementDialect } from '../ports/table-statements.ts';

type Engine = StatementDialect['engine'];

/** A place of `data` that becomes empty, and when. */
export interface EmptiedPlace {
  readonly path: readonly string[];
  readonly isList: boolean;
  /** A condition on the row; absent: always. */
  readonly when?: string;
}

/** An identifier of ours: letters, digits and "_", maybe a reserved word. */
function quotedName(engine: Engine, name: string): string {
  if (!/^\w+$/.test(name)) throw new TypeError('no name of a column of ours');
  return engine === 'bigquery' ? `\`${name}\`` : `"${name}"`;
}

/** A place of the RECORD `data`, as an expression. */
export function fieldOf(engine: Engine, path: readonly string[]): string {
  return ['data', ...path].map((name) => quotedName(engine, name)).join('.');
}

/** The text at a place of the JSON `data`. */
export function jsonTextOf(engine: Engine, path: readonly string[]): string {
  return engine === 'bigquery' ? `JSON_VALUE(data, ${jsonPath(path)})` : `json_extract_string(data, ${jsonPath(path)})`;
}

/** What every pseudonym of the person begins with whose own one an expression is. */
export function beginningOf(expression: string): string {
  return `SUBSTR(${expression}, 1, ${beginningLength})`;
}

/**
 * What is to be emptied in the row of a person whose pseudonym `own` is: what is theirs, and what does not say whose it is.
 * `isJson`: `data` is JSON, of the shape that the RECORD would have.
 */
export function ownPlaces(
  engine: Engine,
  places: readonly PersonalPlace[],
  { own, isJson }: { readonly own: string; readonly isJson: boolean },
): EmptiedPlace[] {
  const beginning = beginningOf(own);
  const jsonOf = (path: readonly string[]) => {
    if (engine === 'bigquery') return `TO_JSON_STRING(${isJson ? jsonQuery(path) : fieldOf(engine, path)})`;
    const value = isJson ? `json_extract(data, ${jsonPath(path)})` : `to_json(${fieldOf(engine, path)})`;
    return `CAST(${value} AS VARCHAR)`;
  };
  return places.map(({ path, isList, holds }) => {
    if (holds === 'unmarked') return { path, isList };
    const text = isJson ? jsonTextOf(engine, path) : fieldOf(engine, path);
    const when =
      holds === 'pseudonym'
        ? `STARTS_WITH(${text}, ${beginning})`
        : `STRPOS(${jsonOf(path)}, CONCAT('"', ${beginning})) > 0`;
    return { path, isList, when };
  });
}

/**
 * The RECORD `data` without what stands at the places. It keeps its other fields by name, whatever their order in the table;
 * a RECORD that is absent stays absent.
 */
export function emptiedRecord(engine: Engine, places: readonly EmptiedPlace[]): string {
  return emptied(engine, [], places);
}

function emptied(engine: Engine, at: readonly string[], places: readonly EmptiedPlace[]): string {
  const byName = Map.groupBy(places, ({ path }) => path[at.length] ?? '');
  const fields = [...byName].map(([name, below]) => {
    const path = [...at, name];
    const here = below.find((place) => place.path.length === path.length);
    const value = here === undefined ? emptied(engine, path, below) : nothing(engine, here);
    const field = quotedName(engine, name);
    return engine === 'bigquery' ? `${value} AS ${field}` : `${field} := ${value}`;
  });
  const record = fieldOf(engine, at);
  return engine === 'bigquery'
    ? `IF(${record} IS NULL, NULL, (SELECT AS STRUCT ${record}.* REPLACE (${fields.join(', ')})))`
    : `CASE WHEN ${record} IS NULL THEN NULL ELSE struct_update(${record}, ${fields.join(', ')}) END`;
}

/** Nothing, of the column's own type. BigQuery stores a list that is NULL as one without items. */
function nothing(engine: Engine, { path, isList, when = 'TRUE' }: EmptiedPlace): string {
  const value = fieldOf(engine, path);
  if (engine === 'bigquery') return `IF(${when}, NULL, ${value})`;
  return `CASE WHEN ${when} THEN ${isList ? `list_filter(${value}, lambda item: FALSE)` : 'NULL'} ELSE ${value} END`;
}

/** The JSON `data` without what stands at the places, of which none is made. */
export function emptiedJson(engine: Engine, places: readonly EmptiedPlace[]): string {
  if (engine === 'bigquery') {
    const pairs = places.map(({ path, when = 'TRUE' }) => `${jsonPath(path)}, IF(${when}, NULL, ${jsonQuery(path)})`);
    return `JSON_SET(data, ${pairs.join(', ')}, create_if_missing => FALSE)`;
  }
  // A merge patch (RFC 7396) takes away where it says null, and would make the objects on the way.
  return places.reduce((json, { path, when = 'TRUE' }) => {
    const patch = path.reduceRight((inner, name) => `{"${name}":${inner}}`, 'null');
    const isThere = `json_exists(data, ${jsonPath(path)})`;
    return `json_merge_patch(${json}, CASE WHEN ${isThere} AND ${when} THEN '${patch}'::JSON ELSE '{}'::JSON END)`;
  }, 'data');
}

function jsonPath(path: readonly string[]): string {
  if (!path.every((name) => /^\w+$/.test(name))) throw new TypeError('no name of a column of ours');
  return `'$.${path.join('.')}'`;
}

function jsonQuery(path: readonly string[]): string {
  return `JSON_QUERY(data, ${jsonPath(path)})`;
}
