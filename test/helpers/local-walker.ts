import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';

// Finds people in raw payloads and looks for them in what came out. It knows nothing of schemas and their treatments.

type PersonalKind = 'login' | 'email' | 'name' | 'avatar_url';

/** A personal value, lower case, and the kinds of property that it was found in. */
export type PersonalValues = Map<string, Set<PersonalKind>>;

/** Properties whose object is a person of Git's or GitHub's, whatever else it holds. */
const roles = new Set(['author', 'committer', 'pusher']);

/** Adds every `login`, `email`, `avatar_url` and person's `name` below a value. */
export function collectPersonal(value: JsonValue, into: PersonalValues, property = ''): void {
  if (Array.isArray(value)) for (const item of value) collectPersonal(item, into, property);
  if (!isJsonObject(value)) return;
  for (const kind of ['login', 'email', 'avatar_url'] as const) add(into, value[kind], kind);
  if ('login' in value || 'email' in value || roles.has(property)) add(into, value['name'], 'name');
  for (const [name, part] of Object.entries(value)) collectPersonal(part, into, name);
}

function add(into: PersonalValues, value: JsonValue | undefined, kind: PersonalKind): void {
  if (typeof value !== 'string' || value === '') return;
  const kinds = into.get(value.toLowerCase()) ?? new Set();
  into.set(value.toLowerCase(), kinds.add(kind));
}

export interface Leak {
  readonly value: string;
  readonly where: string;
}

/** Every text below a value, keys of objects included. */
export function* textsOf(value: JsonValue): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* textsOf(item);
  else if (isJsonObject(value)) {
    for (const [name, part] of Object.entries(value)) {
      yield name;
      yield* textsOf(part);
    }
  } else if (value !== null) yield String(value);
}

/** Personal values that a text holds, whatever their case. */
export function findInText(text: string, values: Iterable<string>): string[] {
  const lower = text.toLowerCase();
  return [...values].filter((value) => holds(lower, value));
}

const shortLength = 4;

/** A very short value is looked for as a whole word: as a part of words, it would be found everywhere. */
function holds(text: string, value: string): boolean {
  if (value.length >= shortLength) return text.includes(value);
  return text.split(/[^\p{L}\p{N}]+/u).includes(value);
}

/**
 * Personal values in the rows of a table. Ciphertext is random, and as base64 it could spell a short name by chance, so
 * it is looked through as the bytes that it stands for.
 */
export function findInRows(table: string, rows: readonly JsonObject[], values: readonly string[]): Leak[] {
  const leaks = new Map<string, Leak>();
  for (const row of rows) {
    for (const [column, cell] of Object.entries(row)) {
      for (const text of textsOf(cell)) {
        for (const value of findInText(decodeCiphertext(text) ?? text, values)) {
          leaks.set(`${column} ${value}`, { value, where: `${table}.${column}` });
        }
      }
    }
  }
  return [...leaks.values()];
}

/** Tink's prefix of 5 bytes, the synthetic IV of 16; the HPKE payload of the quarantine is longer. */
const minCiphertextBytes = 21;

/** The bytes of base64 that are no text, as Latin-1. Undefined for anything else, such as a login of eight letters. */
function decodeCiphertext(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < minCiphertextBytes || isText(bytes)) return undefined;
  return bytes.toString('latin1');
}

function isText(bytes: Buffer): boolean {
  return !bytes.toString('utf8').includes('\ufffd');
}
