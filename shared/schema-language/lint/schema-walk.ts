import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { pointerSegment } from '../../event-types/schema-problem.ts';
import { schemaKeywords, schemaListKeywords, schemaMapKeywords } from './keywords.ts';

/** A schema inside a schema document. */
export interface SchemaPlace {
  readonly node: JsonObject;
  readonly pointer: string;
  /** What an object's property is called, for a schema under `properties`. */
  readonly property?: string;
}

/** Keywords of earlier drafts that hold schemas, for documents of others. */
const earlierMaps = ['definitions', 'dependencies'] as const;
const earlierSchemas = ['additionalItems'] as const;

/** Every schema object of a document, parents first. What is no schema where one belongs is left out. */
export function* schemaPlaces(root: JsonObject): Generator<SchemaPlace> {
  const open: SchemaPlace[] = [{ node: root, pointer: '' }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    yield place;
    open.push(...childPlaces(place).reverse());
  }
}

/** The schemas directly inside one. */
export function childPlaces({ node, pointer }: SchemaPlace): SchemaPlace[] {
  const children: SchemaPlace[] = [];
  const add = (value: JsonValue | undefined, at: string, property?: string) => {
    if (!isJsonObject(value)) return;
    children.push({ node: value, pointer: at, ...(property === undefined ? {} : { property }) });
  };
  for (const keyword of [...schemaKeywords, ...earlierSchemas]) add(node[keyword], `${pointer}/${keyword}`);
  for (const keyword of [...schemaListKeywords, 'items' as const]) {
    const list = node[keyword];
    if (Array.isArray(list)) for (const [i, value] of list.entries()) add(value, `${pointer}/${keyword}/${i}`);
  }
  for (const keyword of [...schemaMapKeywords, ...earlierMaps]) {
    const map = node[keyword];
    if (!isJsonObject(map)) continue;
    for (const [name, value] of Object.entries(map)) {
      add(value, `${pointer}/${keyword}/${pointerSegment(name)}`, keyword === 'properties' ? name : undefined);
    }
  }
  return children;
}
