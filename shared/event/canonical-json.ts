import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue } from './json.ts';

/**
 * JSON text that is the same for equal values: no whitespace, properties sorted by UTF-16 code units, numbers and strings
 * as ECMAScript writes them. Follows RFC 8785 for every value without lone surrogates. Recurses once per nesting level,
 * so the caller bounds the depth of what it did not write itself.
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const properties = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, property]) => `${JSON.stringify(name)}:${canonicalJson(property)}`);
  return `{${properties.join(',')}}`;
}

/** SHA-256 of the canonical JSON, 64 lower-case hex digits: equal exactly when the contents are equal. */
export function contentHash(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
