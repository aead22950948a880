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
