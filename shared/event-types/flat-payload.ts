import { hash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../event/json.ts';
import { remember } from '../event/remember.ts';
import type { Column, ColumnType, Pseudonymize } from './column.ts';
import type { PayloadColumns } from './columns.ts';
import { type ColumnForm, heldBy, mismatched, plaintextOf } from './project.ts';

/** A payload of scalars, whose personal values are of the envelope's subject: as most are. Its rows are written as text at once. */
export interface FlatPayload {
  /** Those of personal values come last. */
  readonly members: readonly Member[];
  readonly declared: ReadonlySet<string>;
}

/** All that is read of a column, for it to be in one object. */
interface Member {
  readonly property: string;
  readonly type: ColumnType;
  /** Its name in JSON with the colon, and the quote of a pseudonym; as the first member, and behind another. */
  readonly begin: string;
  readonly next: string;
  readonly treatment: Pseudonymize | undefined;
  /** Every object has something of this name. */
  readonly isInherited: boolean;
  readonly column: ColumnForm;
}

/** What `projectPayload` gives, as text: members of the row's `data`. */
export interface FlatProjection {
  /** JSON without braces. */
  readonly text: string;
  /**
   * What stands behind it, in this order, once it is encrypted with the key of the envelope's subject: `begin`, which ends with
   * a quote, the pseudonym, and a quote.
   */
  readonly personal: readonly { readonly begin: string; readonly plaintext: string }[];
  readonly undeclaredCount: number;
}

/** Undefined for any other payload. */
export function flatPayload({ columns, declared }: PayloadColumns): FlatPayload | undefined {
  if (columns.length === 0) return undefined;
  const plain: Member[] = [];
  const personal: Member[] = [];
  for (const column of columns) {
    const { type, treatment } = column;
    if (column.mode === 'REPEATED' || type === 'RECORD' || column.keys !== undefined) return undefined;
    if (treatment === undefined) plain.push(memberOf(column, undefined));
    else if (treatment.do === 'pseudonymize' && treatment.subject === undefined) {
      personal.push(memberOf(column, treatment));
    } else if (treatment.do !== 'drop') return undefined;
  }
  const members = [...plain, ...personal];
  const key = hash('sha256', JSON.stringify([members, [...declared]]));
  return remember(payloads, key, maxShared, () => ({ members, declared }));
}

// Types have properties in common, and so they have what is made of them: as many objects less for a processor's caches. A payload's
// is found by a hash, since all that it has is long.
const payloads = new Map<string, FlatPayload>();
const membersOfAll = new Map<string, Member>();

/** Of each of the two. Revisions come and go: what is forgotten is made anew, and then shared again. */
const maxShared = 50_000;

function memberOf({ property, name, type, mode }: Column, treatment: Pseudonymize | undefined): Member {
  const key = JSON.stringify([property, name, type, mode, treatment]);
  return remember(membersOfAll, key, maxShared, () => {
    const begin = inOnePiece(`${JSON.stringify(name)}:${treatment === undefined ? '' : '"'}`);
    const next = inOnePiece(`,${begin}`);
    return { property, type, begin, next, treatment, isInherited: property in {}, column: { name, type, mode } };
  });
}

/** The same text in one piece: V8 joins texts when they are read, each time. */
export function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}

/** Projects the data of an event. Throws `MappingMismatch`. */
export function projectFlat({ members, declared }: FlatPayload, data: JsonObject): FlatProjection {
  let text = '';
  let found = 0;
  const open: FlatProjection['personal'][number][] = [];
  for (const member of members) {
    const value = ownValue(data, member);
    if (value === undefined) continue;
    found++;
    if (value === null) continue;
    const { treatment } = member;
    const begin = text === '' && open.length === 0 ? member.begin : member.next;
    if (treatment === undefined) text += begin + written(held(member, value));
    else open.push({ begin, plaintext: plaintextOf(member.column, treatment, value) });
  }
  let undeclaredCount = -found;
  for (const _ in data) undeclaredCount++;
  // Mostly none. Others may be declared, and dropped.
  if (undeclaredCount > 0) {
    undeclaredCount = 0;
    for (const key in data) if (!declared.has(key)) undeclaredCount++;
  }
  return { text, personal: open, undeclaredCount };
}

function ownValue(data: JsonObject, { property, isInherited }: Member): JsonValue | undefined {
  return !isInherited || Object.hasOwn(data, property) ? data[property] : undefined;
}

function held({ type, column }: Member, value: JsonValue): JsonValue {
  return heldBy(type, value) ?? mismatched(column);
}

/** What JSON writes otherwise than it is, and halves of pairs, of which it writes some so. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const mayBeEscaped = /["\\\u0000-\u001f\ud800-\udfff]/;

function written(value: JsonValue): string {
  if (typeof value === 'string') return mayBeEscaped.test(value) ? JSON.stringify(value) : `"${value}"`;
  return Number.isSafeInteger(value) ? String(value) : JSON.stringify(value);
}
