import {
  type Container,
  type Engine,
  fieldOf,
  itemName,
  jsonPath,
  memberItems,
  type Step,
} from '../../shared/erasure/data-places.ts';
import { emptiedData } from '../../shared/erasure/emptied-data.ts';
import type { ValuePath } from './value-path.ts';

/*
 * GoogleSQL and DuckDB for values inside RECORDs, lists and JSON. How they are emptied is the erasures' own
 * (`shared/erasure/emptied-data.ts`).
 */

/** Condition: the row holds a value there. */
export function holdsValue(container: Container, path: ValuePath): string {
  const { steps, members } = waysOf(container, path);
  const { engine } = container;
  if (container.isJson) return holdsMember({ engine, at: 'data', lists: 0 }, members);
  return holds({ engine, at: 'data', lists: 0 }, steps, members);
}

/** What follows SET. */
export function withoutValue(container: Container, path: ValuePath): string {
  const { steps, members } = waysOf(container, path);
  const place = container.isJson ? { steps: members } : { steps, inJson: members };
  return `data = ${emptiedData(container, [place])}`;
}

/** The columns on the way, and the members; in the JSON of types in alpha members have the names of columns. */
function waysOf({ isJson }: Container, { steps, inJson }: ValuePath) {
  const members = inJson.map((name): Step => ({ name, isList: false }));
  return isJson ? { steps: [], members: [...steps, ...members] } : { steps, members };
}

interface Spot {
  readonly engine: Engine;
  readonly at: string;
  /** Around it. */
  readonly lists: number;
}

function holds(spot: Spot, [step, ...rest]: readonly Step[], members: readonly Step[]): string {
  const { engine, at, lists } = spot;
  if (step === undefined) return members.length === 0 ? `${at} IS NOT NULL` : holdsMember(spot, members);
  const value = fieldOf(engine, at, [step.name]);
  if (!step.isList) return holds({ ...spot, at: value }, rest, members);
  const isWhole = rest.length === 0 && members.length === 0;
  const item = itemName(lists + 1);
  return someItem(engine, value, item, isWhole ? 'TRUE' : holds({ engine, at: item, lists: lists + 1 }, rest, members));
}

/** Condition: the JSON has the member. */
function holdsMember({ engine, at, lists }: Spot, members: readonly Step[]): string {
  const list = members.findIndex((member) => member.isList);
  const isOnTheWay = list >= 0 && list < members.length - 1;
  const names = members.slice(0, isOnTheWay ? list + 1 : members.length).map(({ name }) => name);
  if (!isOnTheWay) {
    return engine === 'bigquery'
      ? `JSON_QUERY(${at}, ${jsonPath(names)}) IS NOT NULL`
      : `COALESCE(json_exists(${at}, ${jsonPath(names)}), FALSE)`;
  }
  const item = itemName(lists + 1);
  const within = holdsMember({ engine, at: item, lists: lists + 1 }, members.slice(list + 1));
  return someItem(engine, memberItems(engine, at, names), item, within);
}

function someItem(engine: Engine, items: string, item: string, condition: string): string {
  return engine === 'bigquery'
    ? `EXISTS (SELECT 1 FROM UNNEST(${items}) AS ${item} WHERE ${condition})`
    : `COALESCE(len(list_filter(${items}, lambda ${item}: ${condition})), 0) > 0`;
}
