/** A document's fields as plain values, the same with both clients: text, a whole number, or a time. */
export type PlainFields = Readonly<Record<string, string | number | Date>>;

export interface DocumentReader {
  /** The documents that exist, by path. Rejects with `Unavailable`. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, PlainFields>>;
}

/** The field as text. Throws where the document holds something else; so do the others below. */
export function plainText(fields: PlainFields, name: string): string {
  const text = fields[name];
  if (typeof text !== 'string') throw wrongType(name, 'text');
  return text;
}

export function plainInteger(fields: PlainFields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrongType(name, 'a whole number');
  return value;
}

/** A time, in milliseconds since the Unix epoch. */
export function plainMillis(fields: PlainFields, name: string): number {
  const time = fields[name];
  if (!(time instanceof Date)) throw wrongType(name, 'a time');
  return time.getTime();
}

function wrongType(name: string, expected: string): TypeError {
  return new TypeError(`the field "${name}" of a Firestore document does not hold ${expected}`);
}
