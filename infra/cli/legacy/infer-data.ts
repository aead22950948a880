import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';

export interface InferredData {
  readonly data: JsonObject;
  /** Columns that no property is called like. */
  readonly unused: readonly string[];
  /** Required properties that no column is called like, as pointers. */
  readonly unfilled: readonly string[];
}

/** The tree of an event's data in which each property takes the column that is called like it. */
export function inferData(schema: JsonObject | undefined, columns: readonly string[]): InferredData {
  if (schema === undefined) {
    return { data: Object.fromEntries(columns.map((name) => [plain(name), name])), unused: [], unfilled: [] };
  }
  const used = new Set<string>();
  const unfilled: string[] = [];
  const data = fill(schema, '', { columns, used, unfilled }) ?? {};
  return { data: isJsonObject(data) ? data : {}, unused: columns.filter((name) => !used.has(name)), unfilled };
}

interface Filling {
  readonly columns: readonly string[];
  readonly used: Set<string>;
  readonly unfilled: string[];
}

function fill(schema: JsonObject, pointer: string, filling: Filling): JsonValue | undefined {
  const { properties, required } = schema;
  if (!isJsonObject(properties)) return undefined;
  const wanted = Array.isArray(required) ? required : [];
  const tree: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    const below = `${pointer}/${name}`;
    const before = filling.unfilled.length;
    const isObject = isJsonObject(property) && isJsonObject(property['properties']);
    const value = isObject ? fill(property, below, filling) : columnOf(name, below, filling);
    if (value !== undefined) tree[name] = value;
    // What an object that is not there would need is no matter.
    else filling.unfilled.length = before;
    if (value === undefined && wanted.includes(name)) filling.unfilled.push(below);
  }
  return Object.keys(tree).length === 0 ? undefined : tree;
}

/** By its own name, or by its whole path. */
function columnOf(name: string, pointer: string, { columns, used }: Filling): string | undefined {
  const path = plain(pointer.slice(1).replaceAll('/', '_'));
  const found =
    columns.find((column) => plain(column) === path) ?? columns.find((column) => plain(column) === plain(name));
  if (found !== undefined) used.add(found);
  return found;
}

/** Names that differ in their spelling only are one: `trackId`, `Track ID`, `track_id`. */
function plain(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}
