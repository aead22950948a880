import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { localReference } from '../event/json-pointer.ts';

const maxReferenceHops = 16;

/**
 * The schema at a node with a `$ref` into the same document followed; keywords beside the `$ref` win over the target's,
 * so that a description or treatment can be given where a definition is used. Undefined when the reference leads out
 * of the document, to nothing, or round in a circle.
 */
export function resolveNode(root: JsonObject, node: JsonValue | undefined): JsonObject | undefined {
  let current = node;
  for (let hop = 0; hop < maxReferenceHops; hop++) {
    if (!isJsonObject(current)) return undefined;
    const { $ref, ...beside } = current;
    if ($ref === undefined) return current;
    const target = referredNode(root, current);
    if (target === undefined) return undefined;
    current = { ...target, ...beside };
  }
  return undefined;
}

/** The node that a `$ref` into the same document leads to. */
export function referredNode(root: JsonObject, { $ref }: JsonObject): JsonObject | undefined {
  const target = localReference(root, $ref);
  return isJsonObject(target) ? target : undefined;
}

/** What a node says about `null`, and its other types in JSON Schema's names; undefined where any type may come. */
export interface NodeTypes {
  readonly nullable: boolean;
  readonly types: ReadonlySet<string>;
}

/** The types of a node by its `type`, else by its `enum` or `const`. */
export function nodeTypes(node: JsonObject): NodeTypes | undefined {
  const { type } = node;
  let names: string[];
  if (typeof type === 'string') names = [type];
  else if (Array.isArray(type)) names = type.filter((name) => typeof name === 'string');
  else if (Array.isArray(node['enum'])) names = node['enum'].map(typeOfValue);
  else if (node['const'] !== undefined) names = [typeOfValue(node['const'])];
  else return undefined;
  const types = new Set(names);
  const nullable = types.delete('null');
  // Every integer is a number: a column for both holds numbers.
  if (types.has('number')) types.delete('integer');
  return { nullable, types };
}

function typeOfValue(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
