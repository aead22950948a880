import type { FirestoreFields, FirestoreValue } from './firestore-database.ts';

export function bytesValue(bytes: Uint8Array): FirestoreValue {
  return { bytesValue: bytes };
}

export function textValue(text: string): FirestoreValue {
  return { stringValue: text };
}

/** A whole number within 2^53. */
export function integerValue(value: number): FirestoreValue {
  return { integerValue: value };
}

/** A time in whole milliseconds since the Unix epoch, as a TTL policy needs it. */
export function timeValue(millis: number): FirestoreValue {
  const seconds = Math.floor(millis / 1_000);
  return { timestampValue: { seconds, nanos: (millis - seconds * 1_000) * 1_000_000 } };
}

export function mapValue(fields: FirestoreFields): FirestoreValue {
  return { mapValue: { fields } };
}

/** The field as bytes of its own. Throws where the document holds something else; so do the others below. */
export function bytesOf(fields: FirestoreFields, name: string): Uint8Array {
  const bytes = fields[name]?.bytesValue;
  if (!(bytes instanceof Uint8Array)) throw wrongType(name, 'bytes');
  return Uint8Array.from(bytes);
}

export function textOf(fields: FirestoreFields, name: string): string {
  const text = fields[name]?.stringValue;
  if (typeof text !== 'string') throw wrongType(name, 'text');
  return text;
}

export function integerOf(fields: FirestoreFields, name: string): number {
  const value = Number(fields[name]?.integerValue ?? Number.NaN);
  if (!Number.isSafeInteger(value)) throw wrongType(name, 'a whole number');
  return value;
}

export function millisOf(fields: FirestoreFields, name: string): number {
  const time = fields[name]?.timestampValue;
  if (!time) throw wrongType(name, 'a time');
  return Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1_000_000);
}

export function mapOf(fields: FirestoreFields, name: string): FirestoreFields {
  const map = fields[name]?.mapValue;
  if (!map) throw wrongType(name, 'a map');
  return map.fields ?? {};
}

/** About what the fields measure in a request: their names and values, and some bytes each. */
export function fieldsBytes(fields: FirestoreFields): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(fields)) bytes += Buffer.byteLength(name) + 16 + valueBytes(value);
  return bytes;
}

function valueBytes({ bytesValue: data, stringValue, mapValue: map }: FirestoreValue): number {
  if (data instanceof Uint8Array) return data.byteLength;
  if (typeof stringValue === 'string') return Buffer.byteLength(stringValue);
  return fieldsBytes(map?.fields ?? {});
}

function wrongType(name: string, expected: string): TypeError {
  return new TypeError(`the field "${name}" of a Firestore document does not hold ${expected}`);
}
