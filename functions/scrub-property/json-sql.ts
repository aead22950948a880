import type { StatementDialect } from '../../shared/ports/table-statements.ts';

/*
 * GoogleSQL and DuckDB for members inside JSON values. BigQuery has JSON_REMOVE and JSON_SET ("JSON functions"); DuckDB has a
 * merge patch, in which null takes a member away (RFC 7396).
 */

type Engine = StatementDialect['engine'];

/** Names of members on the way, up to a list whose items the next part is about, or to the value. */
export interface JsonPart {
  readonly names: readonly string[];
  readonly isList: boolean;
}

/** Names hold no quote and no backslash: `isPlainName`. */
function pathText(names: readonly string[]): string {
  return `'$${names.map((name) => `."${name}"`).join('')}'`;
}

/** Condition: the JSON `at` has the member. */
export function holdsInJson(engine: Engine, at: string, parts: readonly JsonPart[], depth: number): string {
  const [part, ...rest] = parts;
  if (part === undefined) return 'TRUE';
  const path = pathText(part.names);
  const isBigQuery = engine === 'bigquery';
  if (!part.isList) {
    return isBigQuery ? `JSON_QUERY(${at}, ${path}) IS NOT NULL` : `COALESCE(json_exists(${at}, ${path}), FALSE)`;
  }
  const item = `member${depth}`;
  const condition = holdsInJson(engine, item, rest, depth + 1);
  return isBigQuery
    ? `EXISTS (SELECT 1 FROM UNNEST(JSON_QUERY_ARRAY(${at}, ${path})) AS ${item} WHERE ${condition})`
    : `CASE WHEN json_type(${at}, ${path}) = 'ARRAY' THEN len(list_filter(${itemsOf(at, path)}, lambda ${item}: ${condition})) > 0 ELSE FALSE END`;
}

/** The JSON `at` without the member; as it is where it has none. */
export function withoutInJson(engine: Engine, at: string, parts: readonly JsonPart[], depth: number): string {
  const [part, ...rest] = parts;
  if (part === undefined) return at;
  const { names } = part;
  const path = pathText(names);
  const isBigQuery = engine === 'bigquery';
  if (!part.isList) {
    if (isBigQuery) return `JSON_REMOVE(${at}, ${path})`;
    return `CASE WHEN json_exists(${at}, ${path}) THEN json_merge_patch(${at}, ${patchText(names, 'NULL')}) ELSE ${at} END`;
  }
  const item = `member${depth}`;
  const made = withoutInJson(engine, item, rest, depth + 1);
  if (isBigQuery) {
    const items = `ARRAY(SELECT ${made} FROM UNNEST(JSON_QUERY_ARRAY(${at}, ${path})) AS ${item} WITH OFFSET AS at${depth} ORDER BY at${depth})`;
    return `IF(JSON_TYPE(JSON_QUERY(${at}, ${path})) = 'array', JSON_SET(${at}, ${path}, ${items}), ${at})`;
  }
  const items = `to_json(list_transform(${itemsOf(at, path)}, lambda ${item}: ${made}))`;
  return `CASE WHEN json_type(${at}, ${path}) = 'ARRAY' THEN json_merge_patch(${at}, ${patchText(names, items)}) ELSE ${at} END`;
}

function itemsOf(at: string, path: string): string {
  return `CAST(json_extract(${at}, ${path}) AS JSON[])`;
}

/** DuckDB: an object in an object, down to the value. */
function patchText(names: readonly string[], value: string): string {
  return names.reduceRight((inner, name) => `json_object('${name}', ${inner})`, value);
}
