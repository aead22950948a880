import { beginningLength } from '../crypto/pseudonym.ts';
import type { PlaceStep } from '../event-types/personal-places.ts';
import type { StatementDialect } from '../ports/table-statements.ts';

/*
 * GoogleSQL and DuckDB for places below `data`, which is a RECORD, or JSON of the same shape. Inside lists a place is told by
 * the item that an expression around it names: `item1` of the outermost list, `item2` of one in its items.
 */

export type Engine = StatementDialect['engine'];

/** A column, or a member of JSON, on the way from `data` to a value. */
export type Step = PlaceStep;

/** What `data` is, or an item of a list in it. */
export interface Container {
  readonly engine: Engine;
  readonly isJson: boolean;
}

/** The name of an item, by how many lists are around it. */
export function itemName(lists: number): string {
  return `item${lists}`;
}

/** An identifier of ours: letters, digits and "_", maybe a reserved word. */
export function quotedName(engine: Engine, name: string): string {
  if (!/^\w+$/.test(name)) throw new TypeError('no name of a column of ours');
  return engine === 'bigquery' ? `\`${name}\`` : `"${name}"`;
}

/** A field of the RECORD `at`. */
export function fieldOf(engine: Engine, at: string, names: readonly string[]): string {
  return [at, ...names.map((name) => quotedName(engine, name))].join('.');
}

/** A path of JSON, in quotes. */
export function jsonPath(names: readonly string[]): string {
  if (!names.every((name) => /^[^"'\\\p{Cc}]+$/u.test(name))) throw new TypeError('a name that no path holds');
  return `'$${names.map((name) => `."${name}"`).join('')}'`;
}

/** The JSON at members of the JSON `at`. */
export function memberOf(engine: Engine, at: string, names: readonly string[]): string {
  return engine === 'bigquery' ? `JSON_QUERY(${at}, ${jsonPath(names)})` : `json_extract(${at}, ${jsonPath(names)})`;
}

/** The items of a list at members of the JSON `at`; none where something else is there. */
export function memberItems(engine: Engine, at: string, names: readonly string[]): string {
  if (engine === 'bigquery') return `JSON_QUERY_ARRAY(${at}, ${jsonPath(names)})`;
  return `CASE WHEN ${isList(engine, at, names)} THEN CAST(${memberOf(engine, at, names)} AS JSON[]) END`;
}

/** Condition: a list is at members of the JSON `at`. */
export function isList(engine: Engine, at: string, names: readonly string[]): string {
  return engine === 'bigquery'
    ? `JSON_TYPE(${memberOf(engine, at, names)}) = 'array'`
    : `json_type(${at}, ${jsonPath(names)}) = 'ARRAY'`;
}

/** A value as the text of its JSON. */
export function jsonText({ engine, isJson }: Container, value: string): string {
  if (engine === 'bigquery') return `TO_JSON_STRING(${value})`;
  return `CAST(${isJson ? value : `to_json(${value})`} AS VARCHAR)`;
}

/** What every pseudonym of the person begins with whose own one an expression is. */
export function beginningOf(expression: string): string {
  return `SUBSTR(${expression}, 1, ${beginningLength})`;
}

/** Where a way ends: names below an expression, and the lists that have to be unfolded for it, outermost first. */
function endOf({ engine, isJson }: Container, steps: readonly Step[], from = 'data') {
  const lists: string[] = [];
  let [at, names]: [string, string[]] = [from, []];
  for (const { name, isList: goesOn } of steps) {
    names.push(name);
    if (!goesOn) continue;
    lists.push(isJson ? memberItems(engine, at, names) : fieldOf(engine, at, names));
    [at, names] = [itemName(lists.length), []];
  }
  return { at, names, lists };
}

/**
 * The value at the end of the way, as it is; of a list that ends it, an item. With the lists that `unfolded` takes. `from`:
 * where the way begins, `data`.
 */
export function valueAt(container: Container, steps: readonly Step[], from?: string) {
  const { engine, isJson } = container;
  const { at, names, lists } = endOf(container, steps, from);
  if (names.length === 0) return { value: at, lists };
  return { value: isJson ? memberOf(engine, at, names) : fieldOf(engine, at, names), lists };
}

/** The text at the end of the way. */
export function textAt(container: Container, steps: readonly Step[]): string {
  const { engine, isJson } = container;
  if (!isJson) return valueAt(container, steps).value;
  const { at, names } = endOf(container, steps);
  return `${engine === 'bigquery' ? 'JSON_VALUE' : 'json_extract_string'}(${at}, ${jsonPath(names)})`;
}

/** In FROM, after the table: the items of lists by their names. */
export function unfolded(engine: Engine, lists: readonly string[]): string {
  return lists
    .map((list, at) => {
      const name = itemName(at + 1);
      return engine === 'bigquery' ? `, UNNEST(${list}) AS ${name}` : `, UNNEST(${list}) AS list${at + 1}(${name})`;
    })
    .join('');
}
