import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { formatSamples } from '../compat/simple-values.ts';

/** Invented data that fits an inferred schema; nothing of the events that it was inferred from. */
export function exampleOf(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, node]) => [name, isJsonObject(node) ? exampleValue(node) : null]),
  );
}

function exampleValue(node: JsonObject): JsonValue {
  const { type, format, items, additionalProperties } = node;
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return formatSamples[String(format)]?.[0] ?? 'text';
    case 'integer':
      return 1;
    case 'number':
      return 1.5;
    case 'boolean':
      return true;
    case 'array':
      return isJsonObject(items) ? [exampleValue(items)] : [];
    case 'object':
      return isJsonObject(additionalProperties) ? { key: exampleValue(additionalProperties) } : exampleOf(node);
    default:
      return null;
  }
}
