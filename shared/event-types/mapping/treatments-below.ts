import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { nodesBelow } from '../schema-places.ts';

/** Every treatment in some schemas and in what they hold or refer to, as it stands in the document. */
export function treatmentsBelow(root: JsonValue, nodes: Iterable<JsonObject>): JsonValue[] {
  const below = isJsonObject(root) ? [...nodesBelow(root, nodes)] : [];
  return below.map(({ treatment }) => treatment).filter((treatment) => treatment !== undefined);
}
