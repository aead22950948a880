import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { referredNode } from '../schema-node.ts';
import { childPlaces } from '../schema-places.ts';

/** Every treatment in some schemas and in what they hold or refer to, as it stands in the document. */
export function treatmentsBelow(root: JsonValue, nodes: Iterable<JsonObject>): JsonValue[] {
  const waiting = [...nodes];
  const seen = new Set<JsonObject>();
  const found: JsonValue[] = [];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node['treatment'] !== undefined) found.push(node['treatment']);
    const target = isJsonObject(root) ? referredNode(root, node) : undefined;
    if (target !== undefined) waiting.push(target);
    waiting.push(...childPlaces({ node, pointer: '' }).map((place) => place.node));
  }
  return found;
}
