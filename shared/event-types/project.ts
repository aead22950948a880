import { canonicalJson } from '../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { type Pointer, parsePointer, resolvePointer } from '../event/json-pointer.ts';
import { formatInstant, parseInstant } from '../event/time.ts';
import type { Column, ColumnType, DataSubjectReference, KeyPlan, Pseudonymize, Treatment } from './column.ts';
import type { PayloadColumns } from './columns.ts';
import { visitKeys, withKeys } from './project-keys.ts';
import type { TokenOf } from './tokens.ts';
import { truncateValue } from './truncate.ts';

export interface DataSubject {
  readonly realm: string;
  readonly subject: string;
}

/** A value of a person that waits for the person's key before it may stand in the row. */
export interface PersonalValue {
  readonly subject: DataSubject;
  /** What to encrypt (for `pseudonymize`); absent for truncated values and tokens, which need no key but fall to an erasure. */
  readonly plaintext?: string;
  /** Puts the final value into the row; `null` leaves it out. */
  readonly settle: (value: string | null) => void;
}

export interface ProjectedPayload {
  readonly row: JsonObject;
  readonly personalValues: readonly PersonalValue[];
  /** Properties that the schema does not declare, which reach no column. */
  readonly undeclaredCount: number;
  /** Values dropped because their data subject is not in the event. */
  readonly unownedCount: number;
}

/** A value that its column cannot hold; means that validation and mapping disagree. Carries the column, no value. */
export class MappingMismatch extends Error {
  override readonly name = 'MappingMismatch';
}

/** What a mismatch tells of a column. */
export type ColumnForm = Pick<Column, 'name' | 'type' | 'mode'>;

interface Walk {
  readonly tokenOf: TokenOf;
  /** From the payload to where the walk stands. */
  readonly trail: JsonValue[];
  readonly personalValues: PersonalValue[];
  readonly defaultSubject: DataSubject;
  undeclaredCount: number;
  unownedCount: number;
}

/**
 * Turns the data of an event into the `data` RECORD of its row: declared properties under their column names, personal
 * values left open until `settle` is called with what the treatment makes of them. `defaultSubject` is the envelope's.
 * `tokenOf` makes the tokens; without it a value that becomes one throws. Throws `MappingMismatch`.
 */
export function projectPayload(
  payload: PayloadColumns,
  data: JsonObject,
  defaultSubject: DataSubject,
  tokenOf: TokenOf = noTokens,
): ProjectedPayload {
  const walk: Walk = {
    tokenOf,
    trail: [data],
    personalValues: [],
    defaultSubject,
    undeclaredCount: 0,
    unownedCount: 0,
  };
  const row = projectRecord(walk, payload, data);
  const { personalValues, undeclaredCount, unownedCount } = walk;
  return { row, personalValues, undeclaredCount, unownedCount };
}

function projectRecord(walk: Walk, record: PayloadColumns, value: JsonObject): JsonObject {
  const row: JsonObject = {};
  for (const key in value) if (!record.declared.has(key)) walk.undeclaredCount++;
  for (const column of record.columns) {
    const property = Object.hasOwn(value, column.property) ? value[column.property] : undefined;
    if (property === undefined || property === null) continue;
    // Most columns: what holds nothing else, and is nobody's.
    if (column.type !== 'RECORD' && column.mode !== 'REPEATED' && !column.treatment && !column.keys) {
      row[column.name] = scalar(column, property);
      continue;
    }
    walk.trail.push(property);
    if (column.mode === 'REPEATED') row[column.name] = projectItems(walk, column, property);
    else
      projectValue(walk, column, property, (result) => {
        row[column.name] = result;
      });
    walk.trail.pop();
  }
  return row;
}

function projectItems(walk: Walk, column: Column, value: JsonValue): JsonValue[] {
  if (!Array.isArray(value)) mismatched(column);
  const items: JsonValue[] = [];
  for (const item of value) {
    walk.trail.push(item);
    projectValue(walk, column, item, (result) => {
      items.push(result);
    });
    walk.trail.pop();
  }
  return items;
}

/** Calls `put` now, or once a personal value is settled, or never. */
function projectValue(walk: Walk, column: Column, value: JsonValue, put: (result: JsonValue) => void): void {
  if (column.treatment !== undefined) projectPersonal(walk, column, { treatment: column.treatment, value, put });
  else if (column.keys !== undefined) projectKeys(walk, column.keys, value, put);
  else if (column.type !== 'RECORD') put(scalar(column, value));
  else if (isJsonObject(value)) {
    put(projectRecord(walk, { columns: column.fields ?? [], declared: column.declared ?? new Set() }, value));
  } else mismatched(column);
}

/** JSON that is complete with the last of its treated keys. A key of nobody is left out with what it leads to. */
function projectKeys(walk: Walk, plan: KeyPlan, value: JsonValue, put: (result: JsonValue) => void): void {
  const newKeys = new Map<JsonObject, Map<string, string | undefined>>();
  let waiting = 1;
  const settled = () => {
    if (--waiting === 0) put(JSON.stringify(withKeys(value, newKeys)));
  };
  visitKeys(value, plan, walk.trail, (object, key, treatment) => {
    const keys = newKeys.get(object) ?? new Map<string, string | undefined>();
    newKeys.set(object, keys.set(key, undefined));
    const subject = ownerOf(walk, treatment);
    if (subject === undefined) return;
    waiting++;
    const settle = (result: string | null) => {
      if (result !== null) keys.set(key, result);
      settled();
    };
    walk.personalValues.push({ subject, plaintext: padded(key, treatment), settle });
  });
  settled();
}

interface PersonalPlace {
  readonly treatment: Treatment;
  readonly value: JsonValue;
  readonly put: (result: JsonValue) => void;
}

function projectPersonal(walk: Walk, column: Column, { treatment, value, put }: PersonalPlace): void {
  if (treatment.do === 'drop') return;
  const subject = ownerOf(walk, treatment);
  if (subject === undefined) return;
  if (treatment.do === 'pseudonymize') {
    walk.personalValues.push({
      subject,
      plaintext: plaintextOf(column, treatment, value),
      settle: (result) => {
        if (result !== null) put(result);
      },
    });
    return;
  }
  const kept = treatment.do === 'tokenize' ? walk.tokenOf(treatment, textOf(value)) : truncateValue(treatment, value);
  if (kept === undefined) mismatched(column);
  walk.personalValues.push({
    subject,
    settle: (result) => {
      if (result !== null) put(kept);
    },
  });
}

const noTokens: TokenOf = () => {
  throw new Error('a value is to become a token, and there is no key for tokens');
};

/** What is encrypted of a value in a column. Throws `MappingMismatch`. */
export function plaintextOf(column: ColumnForm, treatment: Pseudonymize, value: JsonValue): string {
  const isPlain = typeof value === 'string' || typeof value === 'number';
  if (!isPlain && treatment.anyKind !== true) mismatched(column);
  return padded(textOf(value), treatment);
}

/** What is encrypted or hashed of a value. */
function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

/**
 * Text in whole blocks of UTF-8: U+0001 after it, then as many U+0000 as are missing, so that what was filled up can be told
 * from what was there (ISO/IEC 7816-4's padding, in characters that are text).
 */
function padded(text: string, { padBytes }: Pseudonymize): string {
  if (padBytes === undefined) return text;
  const over = (Buffer.byteLength(text) + 1) % padBytes;
  return `${text}\u0001${'\u0000'.repeat(over === 0 ? 0 : padBytes - over)}`;
}

/** Whose a treated value is, at the end of the trail; undefined, and counted, where nobody is there. */
function ownerOf(walk: Walk, treatment: Exclude<Treatment, { do: 'drop' }>): DataSubject | undefined {
  const subject = treatment.subject === undefined ? walk.defaultSubject : findSubject(treatment.subject, walk.trail);
  if (subject === undefined) walk.unownedCount++;
  return subject;
}

const pointers = new Map<string, Pointer | undefined>();

/** The subject that a treatment names; undefined when its pointer leads to nothing that could identify somebody. */
export function findSubject(reference: DataSubjectReference, trail: readonly JsonValue[]): DataSubject | undefined {
  let pointer = pointers.get(reference.pointer);
  if (pointer === undefined) {
    pointer = parsePointer(reference.pointer);
    pointers.set(reference.pointer, pointer);
  }
  const value = pointer === undefined ? undefined : resolvePointer(pointer, trail);
  if (typeof value === 'number') return { realm: reference.realm, subject: String(value) };
  return typeof value === 'string' && value !== '' ? { realm: reference.realm, subject: value } : undefined;
}

function scalar(column: ColumnForm, value: JsonValue): JsonValue {
  return heldBy(column.type, value) ?? mismatched(column);
}

/** What a column of a type holds of a value that is neither null, a record, nor a list; undefined where it cannot. */
export function heldBy(type: ColumnType, value: JsonValue): JsonValue | undefined {
  if (type === 'JSON') return JSON.stringify(value);
  return type === 'TIMESTAMP' ? timestamp(value) : isHeld(type, value) ? value : undefined;
}

function timestamp(value: JsonValue): string | undefined {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  return instant && formatInstant(instant);
}

/** Whether a column holds a value as it is. */
function isHeld(type: ColumnType, value: JsonValue): boolean {
  if (type === 'BOOL') return typeof value === 'boolean';
  if (type === 'INT64') return Number.isSafeInteger(value);
  return typeof value === (type === 'FLOAT64' ? 'number' : 'string');
}

/** Throws `MappingMismatch`. */
export function mismatched({ name, type, mode }: ColumnForm): never {
  throw new MappingMismatch(`column ${name} (${type} ${mode}) cannot hold what the schema accepted`);
}
