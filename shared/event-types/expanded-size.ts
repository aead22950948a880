import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { localReference } from '../event/json-pointer.ts';

/**
 * Schemas that a type's schema may consist of, with every definition counted as often as it is referred to: that many
 * parts have its table, its validator's code and its generated types. The largest event schema that we know has 414 objects.
 */
export const maxExpandedSchemas = 5_000;

/** A document nested deeper, references followed, is as good as endless. */
const maxDepth = 500;

/**
 * How many schemas a document consists of when every reference is followed; infinite beyond any use. A definition that
 * refers to itself counts once: whoever follows it has to see that for himself. Takes time in proportion to the text.
 */
export function expandedSize(root: JsonObject): number {
  const sizes = new Map<JsonValue, number>();
  const open = new Set<JsonValue>();

  function sizeOf(value: JsonValue, depth: number): number {
    if (typeof value !== 'object' || value === null || open.has(value)) return 0;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    if (depth > maxDepth) return Number.POSITIVE_INFINITY;
    open.add(value);
    let size = isJsonObject(value) ? 1 : 0;
    for (const child of Object.values(value)) size += sizeOf(child, depth + 1);
    if (isJsonObject(value)) size += sizeOf(localReference(root, value['$ref']) ?? null, depth + 1);
    open.delete(value);
    sizes.set(value, size);
    return size;
  }

  const { $defs: _, ...used } = root;
  return sizeOf(used, 0);
}
