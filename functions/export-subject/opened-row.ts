import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import type { Column, Pseudonymize, Treatment } from '../../shared/event-types/column.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { type DataSubject, findSubject } from '../../shared/event-types/project.ts';
import { type NewKeys, visitKeys } from '../../shared/event-types/project-keys.ts';

/** A stored row, and whose values are to be read in it. */
export interface StoredRow {
  readonly row: JsonObject;
  /** Undefined for a type that the registry does not have: then nothing says what its columns hold. */
  readonly schema: EventSchema | undefined;
  readonly person: DataSubject;
  /** What a pseudonym of this person stands for; undefined for whatever is none. */
  readonly open: (text: string) => string | undefined;
}

/**
 * What a row holds of a person. `own`: they are its `subject` (of an installation: its `source`); the event as it was sent, by
 * the names of its properties, without the values of others, which are counted. `mentioned`: only what is theirs of
 * somebody else's event, by where it stood. Undefined: nothing is theirs.
 */
export type OpenedRow =
  | { readonly as: 'own'; readonly event: JsonObject; readonly leftOut: number }
  | { readonly as: 'mentioned'; readonly values: JsonObject }
  | undefined;

/** Opens what is the person's in a row. What a treatment does not say of whom it is follows the envelope, as it did then. */
export function openRow(stored: StoredRow): OpenedRow {
  const { row, schema, person, open } = stored;
  const { data, type: _, ...envelope } = row;
  const isSource = isOpened(row['source'], open);
  const isSubject = isOpened(row['subject'], open);
  const isOwn = person.realm === sourceRealm ? isSource : isSubject;
  const isDefault = isSubject || (isSource && (row['subject'] ?? null) === null);
  const reading: Reading = { person, open, isOwn, isDefault, places: [], keyed: [] };
  const payload: JsonObject = {};
  if (isJsonObject(data)) {
    if (schema === undefined) Object.assign(payload, openEverywhere(reading, data, ''));
    else fillRecord(reading, { target: payload, trail: [payload], pointer: '' }, schema.payload.columns, data);
  }
  if (!isOwn) return mentioned(reading);
  const others = reading.places.filter((place) => !isTheirs(reading, place));
  for (const place of others) leaveOut(place);
  const opened = Object.fromEntries(
    Object.entries(envelope).map(([name, value]) => [name, typeof value === 'string' ? (open(value) ?? value) : value]),
  );
  const event = { ...opened, ...(isJsonObject(data) ? { data: payload } : {}) };
  const leftOutKeys = reading.keyed.reduce((sum, { newKeys }) => sum + notOpened(newKeys), 0);
  return { as: 'own', event, leftOut: others.length + leftOutKeys };
}

interface Reading extends Pick<StoredRow, 'person' | 'open'> {
  readonly isOwn: boolean;
  /** What says nothing of whom it is, is theirs. */
  readonly isDefault: boolean;
  readonly places: Place[];
  readonly keyed: Keyed[];
}

/** Where a treated value stands. */
interface Place {
  readonly container: JsonObject | JsonValue[];
  readonly key: string | number;
  readonly pointer: string;
  readonly treatment: Treatment | undefined;
  /** From the payload to the value. */
  readonly trail: readonly JsonValue[];
  readonly opened: boolean;
}

/** JSON with treated keys, as it is stored. */
interface Keyed {
  readonly value: JsonValue;
  readonly newKeys: NewKeys;
  readonly pointer: string;
}

interface Record {
  readonly target: JsonObject;
  readonly trail: readonly JsonValue[];
  readonly pointer: string;
}

function isOpened(value: JsonValue | undefined, open: StoredRow['open']): boolean {
  return typeof value === 'string' && open(value) !== undefined;
}

/** The inverse of the projection into columns, as far as there is one: pointers of treatments resolve in it as they did. */
function fillRecord(reading: Reading, record: Record, columns: readonly Column[], stored: JsonObject): void {
  const { target, trail } = record;
  const others = new Map(Object.entries(stored));
  for (const column of columns) {
    const value = stored[column.name] ?? null;
    others.delete(column.name);
    if (value === null) continue;
    const pointer = `${record.pointer}/${escaped(column.property)}`;
    if (column.mode !== 'REPEATED' || !Array.isArray(value)) {
      fillValue(reading, { container: target, key: column.property, pointer, trail }, column, value);
      continue;
    }
    const items: JsonValue[] = [];
    target[column.property] = items;
    for (const [at, item] of value.entries()) {
      const place = { container: items, key: at, pointer: `${pointer}/${at}`, trail: [...trail, items] };
      fillValue(reading, place, column, item);
    }
  }
  // A draft that was replaced had columns of which the schema of today says nothing.
  for (const [name, value] of others) {
    if (value === null || Object.hasOwn(target, name)) continue;
    openAt(reading, { container: target, key: name, pointer: `${record.pointer}/${escaped(name)}` }, value);
  }
}

type Spot = Pick<Place, 'container' | 'key' | 'pointer' | 'trail'>;

function fillValue(reading: Reading, spot: Spot, column: Column, value: JsonValue): void {
  const { treatment, keys, fields = [] } = column;
  const isOfToday = treatment?.do !== 'pseudonymize' || typeof value === 'string';
  if (treatment !== undefined && isOfToday) {
    const text = typeof value === 'string' ? reading.open(value) : undefined;
    const shown = text === undefined ? value : unpadded(text, treatment);
    put(spot, shown);
    reading.places.push({ ...spot, treatment, trail: [...spot.trail, shown], opened: text !== undefined });
  } else if (keys !== undefined) {
    const newKeys = new Map<JsonObject, Map<string, string | undefined>>();
    visitKeys(value, keys, [...spot.trail, value], (object, key, plan) => {
      const text = reading.open(key);
      const own = newKeys.get(object) ?? new Map<string, string | undefined>();
      newKeys.set(object, own.set(key, text === undefined ? undefined : unpadded(text, plan)));
    });
    reading.keyed.push({ value, newKeys, pointer: spot.pointer });
    put(spot, keysOpened(value, newKeys, true) ?? null);
  } else if (column.type === 'RECORD' && isJsonObject(value)) {
    const target: JsonObject = {};
    put(spot, target);
    fillRecord(reading, { target, trail: [...spot.trail, target], pointer: spot.pointer }, fields, value);
  } else openAt(reading, spot, value);
}

/** Where no schema says what is there, or one that has changed since: whatever the key opens, wherever it stands. */
function openEverywhere(reading: Reading, value: JsonObject, pointer: string): JsonObject;
function openEverywhere(reading: Reading, value: JsonValue, pointer: string): JsonValue;
function openEverywhere(reading: Reading, value: JsonValue, pointer: string): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  const target: JsonObject | JsonValue[] = Array.isArray(value) ? [] : {};
  for (const [stored, inner] of Object.entries(value)) {
    const name = reading.open(stored) ?? stored;
    const key = Array.isArray(target) ? Number(stored) : name;
    const spot = { container: target, key, pointer: `${pointer}/${escaped(name)}` };
    openAt(reading, spot, inner, name !== stored);
  }
  return target;
}

/** `hasOwnKey`: it stands under a key of the person's. */
function openAt(reading: Reading, spot: Omit<Spot, 'trail'>, value: JsonValue, hasOwnKey = false): void {
  const text = typeof value === 'string' ? reading.open(value) : undefined;
  put(spot, text ?? openEverywhere(reading, value, spot.pointer));
  if (text === undefined && !hasOwnKey) return;
  reading.places.push({ ...spot, treatment: undefined, trail: [], opened: true });
}

function mentioned(reading: Reading): OpenedRow {
  const theirs = reading.places.filter((place) => isTheirs(reading, place));
  const values = new Map(theirs.map((place): [string, JsonValue] => [place.pointer, valueAt(place)]));
  for (const { value, newKeys, pointer } of reading.keyed) {
    const kept = keysOpened(value, newKeys, false);
    if (kept !== undefined) values.set(pointer, kept);
  }
  return values.size === 0 ? undefined : { as: 'mentioned', values: Object.fromEntries(values) };
}

/** Stands for a key of somebody else's, below which is something of the person's. */
const othersKey = '(somebody else)';

/**
 * JSON with the person's keys opened, without what stands under those of others; but where keys of the person's are below.
 * `isShown`: with what stands under no treated key. Undefined: nothing is left.
 */
function keysOpened(value: JsonValue, newKeys: NewKeys, isShown: boolean): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return isShown ? value : undefined;
  const own = isJsonObject(value) ? newKeys.get(value) : undefined;
  const kept = new Map<string, JsonValue>();
  for (const [key, inner] of Object.entries(value)) {
    const isTreated = own?.has(key) === true;
    const opened = own?.get(key);
    const shown = keysOpened(inner, newKeys, isTreated ? opened !== undefined : isShown);
    if (shown === undefined) continue;
    const wanted = isTreated ? (opened ?? othersKey) : key;
    let name = wanted;
    for (let number = 2; kept.has(name); number++) name = `${wanted} ${number}`;
    kept.set(name, shown);
  }
  if (kept.size === 0 && !isShown) return undefined;
  return Array.isArray(value) ? [...kept.values()] : Object.fromEntries(kept);
}

function isTheirs({ person, isOwn, isDefault }: Reading, { treatment, trail, opened, ...place }: Place): boolean {
  if (opened) return true;
  if (treatment === undefined) return false;
  // Was not always dropped, nor encrypted while it was a draft: what is left may be in the clear, or somebody's pseudonym.
  const isClear = !isCiphertext(valueAt(place));
  if (treatment.do === 'drop') return isOwn && isClear;
  if (treatment.do === 'pseudonymize' && !isClear) return false;
  if (treatment.subject === undefined) return isDefault;
  const subject = findSubject(treatment.subject, trail);
  return subject?.realm === person.realm && subject.subject === person.subject;
}

/** Tink's first byte, a key's id and what AES-SIV adds at least. */
const minCiphertextBytes = 21;

function isCiphertext(value: JsonValue): boolean {
  if (typeof value !== 'string') return false;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length >= minCiphertextBytes && bytes[0] === 1 && bytes.toString('base64') === value;
}

function put({ container, key }: Pick<Place, 'container' | 'key'>, value: JsonValue): void {
  if (Array.isArray(container)) container[Number(key)] = value;
  else container[String(key)] = value;
}

function valueAt({ container, key }: Pick<Place, 'container' | 'key'>): JsonValue {
  return (Array.isArray(container) ? container[Number(key)] : container[String(key)]) ?? null;
}

/** In a list something has to stand there. */
function leaveOut({ container, key }: Place): void {
  if (Array.isArray(container)) container[Number(key)] = null;
  else delete container[String(key)];
}

function notOpened(newKeys: NewKeys): number {
  return [...newKeys.values()].reduce(
    (sum, keys) => sum + [...keys.values()].filter((name) => name === undefined).length,
    0,
  );
}

/** Without what `pad` has added; see the projection. */
function unpadded(text: string, treatment: Treatment | Pseudonymize): string {
  const isPadded = treatment.do === 'pseudonymize' && treatment.padBytes !== undefined;
  const end = text.lastIndexOf('\u0001');
  const isFilled = end >= 0 && text.slice(end + 1).replaceAll('\u0000', '') === '';
  return isPadded && isFilled ? text.slice(0, end) : text;
}

/** RFC 6901, section 3. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
