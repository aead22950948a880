import type { StatementDialect } from '../../shared/ports/table-statements.ts';
import { holdsInJson, type JsonPart, withoutInJson } from './json-sql.ts';
import type { Step, ValuePath } from './value-path.ts';

/*
 * GoogleSQL and DuckDB for values inside RECORDs and lists. BigQuery sets a part of a RECORD by its path, and makes a list
 * anew from the first on that way ("Data manipulation language", "SELECT AS STRUCT … REPLACE"); DuckDB makes the whole anew.
 */

type Engine = StatementDialect['engine'];

/** What remains of the way from an expression `at` to the value. */
interface Way {
  readonly engine: Engine;
  readonly steps: readonly Step[];
  readonly inJson: readonly string[];
  /** Of lists passed: names what is inside them. */
  readonly depth: number;
}

/** Condition: the row holds a value there. */
export function holdsValue(engine: Engine, { steps, inJson }: ValuePath): string {
  return holds('data', { engine, steps, inJson, depth: 1 });
}

/** What follows SET. */
export function withoutValue(engine: Engine, { steps, inJson }: ValuePath): string {
  if (engine === 'duckdb') return `data = ${emptied('data', { engine, steps, inJson, depth: 1 })}`;
  const list = steps.findIndex(({ isList }) => isList);
  const above = list < 0 ? steps.length - 1 : list;
  const record = steps.slice(0, above).reduce((at, step) => fieldOf(engine, at, step), 'data');
  const [step, ...rest] = steps.slice(above);
  if (step === undefined) throw new TypeError('a value has a column');
  const way = { engine, steps: rest, inJson, depth: 1 };
  return `${fieldOf(engine, record, step)} = ${changed(fieldOf(engine, record, step), step, way)}`;
}

function holds(at: string, way: Way): string {
  const { engine, inJson, depth } = way;
  const [step, ...steps] = way.steps;
  if (step === undefined) {
    return inJson.length === 0 ? `${at} IS NOT NULL` : holdsInJson(engine, at, membersOf(inJson), depth);
  }
  const inner = fieldOf(engine, at, step);
  if (!step.isList) return holds(inner, { ...way, steps });
  const item = `item${depth}`;
  const isWhole = steps.length === 0 && inJson.length === 0;
  const condition = isWhole ? 'TRUE' : holds(item, { ...way, steps, depth: depth + 1 });
  return engine === 'bigquery'
    ? `EXISTS (SELECT 1 FROM UNNEST(${inner}) AS ${item} WHERE ${condition})`
    : `COALESCE(len(list_filter(${inner}, lambda ${item}: ${condition})), 0) > 0`;
}

/** The RECORD `at` without the value. */
function emptied(at: string, way: Way): string {
  const { engine } = way;
  const [step, ...steps] = way.steps;
  if (step === undefined) throw new TypeError('a value has a column');
  const value = changed(fieldOf(engine, at, step), step, { ...way, steps });
  return engine === 'bigquery'
    ? `IF(${at} IS NULL, NULL, (SELECT AS STRUCT ${at}.* REPLACE (${value} AS \`${step.name}\`)))`
    : `CASE WHEN ${at} IS NULL THEN NULL ELSE struct_update(${at}, "${step.name}" := ${value}) END`;
}

/** The column `at` without the value, of its own type; the way is that below it. */
function changed(at: string, step: Step, way: Way): string {
  const { engine, steps, inJson, depth } = way;
  if (steps.length === 0 && inJson.length === 0) return nothingLike(engine, at, step);
  if (!step.isList) return below(at, way);
  const item = `item${depth}`;
  const made = below(item, { ...way, depth: depth + 1 });
  return engine === 'bigquery'
    ? `ARRAY(SELECT ${made} FROM UNNEST(${at}) AS ${item} WITH OFFSET AS place${depth} ORDER BY place${depth})`
    : `list_transform(${at}, lambda ${item}: ${made})`;
}

function below(at: string, way: Way): string {
  const { engine, steps, inJson, depth } = way;
  return steps.length > 0 ? emptied(at, way) : withoutInJson(engine, at, membersOf(inJson), depth);
}

function nothingLike(engine: Engine, at: string, { isList }: Step): string {
  const isBigQuery = engine === 'bigquery';
  if (!isList) return isBigQuery ? `IF(FALSE, ${at}, NULL)` : `CASE WHEN FALSE THEN ${at} END`;
  return isBigQuery
    ? `ARRAY(SELECT item FROM UNNEST(${at}) AS item WHERE FALSE)`
    : `list_filter(${at}, lambda item: FALSE)`;
}

function membersOf(inJson: readonly string[]): readonly JsonPart[] {
  return [{ names: inJson, isList: false }];
}

/** A reserved word is a name behind a dot in BigQuery, and nowhere without quotes in DuckDB. */
function fieldOf(engine: Engine, at: string, { name }: Step): string {
  return engine === 'bigquery' ? `${at}.${name}` : `${at}."${name}"`;
}

/** The way of a value in the JSON that types in alpha have as `data`, whose names are those of the columns. */
export function jsonParts({ steps, inJson }: ValuePath): readonly JsonPart[] {
  const parts: JsonPart[] = [];
  let names: string[] = [];
  for (const [at, { name, isList }] of steps.entries()) {
    names.push(name);
    const isLast = at === steps.length - 1 && inJson.length === 0;
    if (!isList || isLast) continue;
    parts.push({ names, isList: true });
    names = [];
  }
  return [...parts, { names: [...names, ...inJson], isList: false }];
}
