import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';

const texts: Readonly<Record<string, string>> = {
  'date-time': '2024-05-17T09:30:00Z',
  date: '2024-05-17',
  uuid: '3f2b8c1e-7a4d-4e5f-9b6a-0c1d2e3f4a5b',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  email: 'somebody@example.com',
  uri: 'https://example.com/',
};

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
      return (typeof format === 'string' ? texts[format] : undefined) ?? 'text';
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
