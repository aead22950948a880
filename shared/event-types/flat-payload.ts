import type { JsonObject, JsonValue } from '../event/json.ts';
import type { Column, Pseudonymize } from './column.ts';
import type { PayloadColumns } from './columns.ts';
import { plaintextOf, scalar } from './project.ts';

/** A payload of scalars, whose personal values are of the envelope's subject: as most are. Its rows are written as text at once. */
export interface FlatPayload {
  readonly plain: readonly Member[];
  readonly personal: readonly (Member & { readonly treatment: Pseudonymize })[];
  readonly declared: ReadonlySet<string>;
}

interface Member {
  readonly column: Column;
  readonly property: string;
  /** Its name in JSON with the colon, and the quote of a pseudonym; as the first member, and behind another. */
  readonly begin: string;
  readonly next: string;
  /** Every object has something of this name. */
  readonly isInherited: boolean;
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

const flatPayloads = new WeakMap<PayloadColumns, FlatPayload | 'other'>();

/** Undefined for any other payload. */
export function flatPayload(payload: PayloadColumns): FlatPayload | undefined {
  let known = flatPayloads.get(payload);
  if (known === undefined) {
    known = flatOf(payload);
    flatPayloads.set(payload, known);
  }
  return known === 'other' ? undefined : known;
}

function flatOf({ columns, declared }: PayloadColumns): FlatPayload | 'other' {
  const plain: Member[] = [];
  const personal: FlatPayload['personal'][number][] = [];
  for (const column of columns) {
    const { property, name, treatment } = column;
    if (column.mode === 'REPEATED' || column.type === 'RECORD' || column.keys !== undefined) return 'other';
    const begin = treatment === undefined ? `${JSON.stringify(name)}:` : `${JSON.stringify(name)}:"`;
    const member = { column, property, begin, next: `,${begin}`, isInherited: property in {} };
    if (treatment === undefined) plain.push(member);
    else if (treatment.do === 'pseudonymize' && treatment.subject === undefined)
      personal.push({ ...member, treatment });
    else if (treatment.do !== 'drop') return 'other';
  }
  return { plain, personal, declared };
}

/** Projects the data of an event. Throws `MappingMismatch`. */
export function projectFlat({ plain, personal, declared }: FlatPayload, data: JsonObject): FlatProjection {
  let text = '';
  let found = 0;
  for (const member of plain) {
    const value = ownValue(data, member);
    if (value === undefined) continue;
    found++;
    if (value === null) continue;
    text += (text === '' ? member.begin : member.next) + written(scalar(member.column, value));
  }
  const open: FlatProjection['personal'][number][] = [];
  for (const member of personal) {
    const value = ownValue(data, member);
    if (value === undefined) continue;
    found++;
    if (value === null) continue;
    const begin = text === '' && open.length === 0 ? member.begin : member.next;
    open.push({ begin, plaintext: plaintextOf(member.column, member.treatment, value) });
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

/** What JSON writes otherwise than it is, and halves of pairs, of which it writes some so. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const mayBeEscaped = /["\\\u0000-\u001f\ud800-\udfff]/;

function written(value: JsonValue): string {
  if (typeof value === 'string') return mayBeEscaped.test(value) ? JSON.stringify(value) : `"${value}"`;
  return Number.isSafeInteger(value) ? String(value) : JSON.stringify(value);
}
