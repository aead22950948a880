import { type Container, type Engine, fieldOf, itemName, quotedName, type Step } from './data-places.ts';
import { emptiedJson } from './emptied-json.ts';
import { changedItems, leftItems } from './emptied-lists.ts';

/** A place of `data` that becomes empty: a value, or of a list its items. */
export interface EmptiedPlace {
  /** Columns from `data` on; of `data` that is JSON, all. */
  readonly steps: readonly Step[];
  /** Members inside the last column, which is JSON then. */
  readonly inJson?: readonly Step[];
  /** Instead of what is there: of the JSON there the entries, at any depth, whose keys are among these texts, an expression. */
  readonly keys?: string;
  /** A condition on the row or, inside of lists, on the item; absent: always. */
  readonly when?: string;
}

/**
 * `data` without what stands at the places. A RECORD keeps its other fields by name, whatever their order in the table, and
 * its lists the order of their items; one that is absent stays absent. BigQuery stores a list that is NULL as one without items.
 */
export function emptiedData(container: Container, places: readonly EmptiedPlace[]): string {
  const { engine, isJson } = container;
  if (isJson) return emptiedJson(engine, 'data', places, 0);
  return emptiedRecord({ engine, at: 'data', level: 0, lists: 0 }, places);
}

interface Spot {
  readonly engine: Engine;
  /** The expression of what is there. */
  readonly at: string;
  /** Steps that lead to it. */
  readonly level: number;
  /** Lists around it. */
  readonly lists: number;
}

function emptiedRecord(spot: Spot, places: readonly EmptiedPlace[]): string {
  const { engine, at, level } = spot;
  const byName = Map.groupBy(places, ({ steps }) => steps[level]?.name ?? '');
  const fields = [...byName].map(([name, below]) => {
    const value = emptiedField({ ...spot, at: fieldOf(engine, at, [name]), level: level + 1 }, below);
    const field = quotedName(engine, name);
    return engine === 'bigquery' ? `${value} AS ${field}` : `${field} := ${value}`;
  });
  return engine === 'bigquery'
    ? `IF(${at} IS NULL, NULL, (SELECT AS STRUCT ${at}.* REPLACE (${fields.join(', ')})))`
    : `CASE WHEN ${at} IS NULL THEN NULL ELSE struct_update(${at}, ${fields.join(', ')}) END`;
}

function emptiedField(spot: Spot, places: readonly EmptiedPlace[]): string {
  const { level } = spot;
  const here = places.find(({ steps, inJson = [], keys }) => steps.length === level && inJson.length === 0 && !keys);
  const isList = places.some(({ steps }) => steps[level - 1]?.isList);
  if (here !== undefined) return isList ? itemsLeft(spot, here) : nothingLike(spot, here);
  const below = (inner: Spot) => {
    const [first] = places;
    if (first?.steps.length !== level) return emptiedRecord(inner, places);
    const members = places.map(({ inJson = [], ...place }) => ({ ...place, steps: inJson }));
    return emptiedJson(inner.engine, inner.at, members, inner.lists);
  };
  return isList ? eachItem(spot, below) : below(spot);
}

/** Nothing, of the column's own type. */
function nothingLike({ engine, at }: Spot, { when }: EmptiedPlace): string {
  return engine === 'bigquery'
    ? `IF(${when ?? 'TRUE'}, NULL, ${at})`
    : `CASE WHEN ${when ?? 'TRUE'} THEN NULL ELSE ${at} END`;
}

function itemsLeft({ engine, at, lists }: Spot, { when }: EmptiedPlace): string {
  return leftItems(engine, { items: at, item: itemName(lists + 1), when });
}

function eachItem({ engine, at, level, lists }: Spot, below: (inner: Spot) => string): string {
  const item = itemName(lists + 1);
  return changedItems(engine, { items: at, item, made: below({ engine, at: item, level, lists: lists + 1 }) });
}
