import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import { keywordsWhere } from './keywords.ts';
import { referredNode } from './schema-node.ts';

/** A schema inside a schema document. */
export interface SchemaPlace {
  readonly node: JsonObject;
  readonly pointer: string;
  /** The keyword that it stands under; absent at the top. */
  readonly keyword?: string;
  /** Its name, under a keyword that holds schemas by name: of a property under `properties`. */
  readonly name?: string;
}

/** With keywords of earlier drafts that hold schemas, for documents of others. */
const single = [...keywordsWhere(({ holds }) => holds === 'schema'), 'additionalItems'];
const lists = [...keywordsWhere(({ holds }) => holds === 'list'), 'items'];
const maps = [...keywordsWhere(({ holds }) => holds === 'map'), 'definitions', 'dependencies'];

/** Every schema object of a document, parents first. What is no schema where one belongs is left out. */
export function* schemaPlaces(root: JsonObject, pointer = ''): Generator<SchemaPlace> {
  const open: SchemaPlace[] = [{ node: root, pointer }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    yield place;
    open.push(...childPlaces(place).reverse());
  }
}

/** The schemas directly inside one. */
export function childPlaces({ node, pointer }: Pick<SchemaPlace, 'node' | 'pointer'>): SchemaPlace[] {
  const children: SchemaPlace[] = [];
  const add = (value: JsonValue | undefined, at: string, keyword: string, name?: string) => {
    if (isJsonObject(value))
      children.push({ node: value, pointer: at, keyword, ...(name === undefined ? {} : { name }) });
  };
  for (const keyword of single) add(node[keyword], `${pointer}/${keyword}`, keyword);
  for (const keyword of lists) {
    const list = node[keyword];
    if (Array.isArray(list)) for (const [i, value] of list.entries()) add(value, `${pointer}/${keyword}/${i}`, keyword);
  }
  for (const keyword of maps) {
    const map = node[keyword];
    if (!isJsonObject(map)) continue;
    for (const [name, value] of Object.entries(map)) {
      add(value, `${pointer}/${keyword}/${pointerSegment(name)}`, keyword, name);
    }
  }
  return children;
}

/** Schemas, all that they hold and all that they refer to; not what is merely defined. */
export function nodesBelow(root: JsonObject, nodes: Iterable<JsonObject>): ReadonlySet<JsonObject> {
  const found = new Set<JsonObject>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    const used = childPlaces({ node, pointer: '' }).filter(({ keyword }) => keyword !== '$defs');
    waiting.push(...used.map((place) => place.node));
    const target = referredNode(root, node);
    if (target !== undefined) waiting.push(target);
  }
  return found;
}
