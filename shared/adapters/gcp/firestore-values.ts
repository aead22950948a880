import type { FirestoreFields, FirestoreValue } from './firestore-database.ts';
import type { PlainFields } from './plain-documents.ts';

export function bytesValue(bytes: Uint8Array): FirestoreValue {
  return { bytesValue: bytes };
}

export function textValue(text: string): FirestoreValue {
  return { stringValue: text };
}

export function integerValue(integer: number): FirestoreValue {
  return { integerValue: integer };
}

/** A time in whole milliseconds since the Unix epoch, as a TTL policy needs it. */
export function timeValue(millis: number): FirestoreValue {
  const seconds = Math.floor(millis / 1_000);
  return { timestampValue: { seconds, nanos: (millis - seconds * 1_000) * 1_000_000 } };
}

export function mapValue(fields: FirestoreFields): FirestoreValue {
  return { mapValue: { fields } };
}

/** Fields that hold text, whole numbers and times alone, as plain values. Throws for others. */
export function plainFields(fields: FirestoreFields): PlainFields {
  const plain = Object.entries(fields).map(([name, { stringValue, integerValue, timestampValue }]) => {
    if (typeof stringValue === 'string') return [name, stringValue];
    if (timestampValue) return [name, new Date(millisOf(fields, name))];
    const integer = Number(integerValue ?? Number.NaN);
    if (Number.isSafeInteger(integer)) return [name, integer];
    throw wrongType(name, 'text, a whole number or a time');
  });
  return Object.fromEntries(plain);
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
  const integer = Number(fields[name]?.integerValue ?? Number.NaN);
  if (!Number.isSafeInteger(integer)) throw wrongType(name, 'a whole number');
  return integer;
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
