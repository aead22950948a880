import { canonicalJson } from '../../shared/event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { parsePointer, resolvePointer } from '../../shared/event/json-pointer.ts';
import type { Column, Treatment } from '../../shared/event-types/column.ts';

type Truncation = Extract<Treatment, { readonly do: 'truncate' }>;
type Whose = { readonly realm: string; readonly subject: string };

/** What an analyst should read of a value, told from the event and the column alone. */
export interface Expectation {
  /** Stands for the encryption. */
  readonly pseudonym: (subject: Whose, plaintext: string) => string;
  readonly truncated: (treatment: Truncation, value: JsonValue) => JsonValue | undefined;
  /** Of the envelope. */
  readonly subject: Whose;
}

/** The RECORD that the table should give back: every column, null where the event has nothing, REPEATED then empty. */
export function expectedRecord(
  expectation: Expectation,
  columns: readonly Column[],
  trail: readonly JsonValue[],
): JsonObject {
  const value = trail.at(-1) ?? null;
  const entries = columns.map((column): [string, JsonValue] => {
    const own = isJsonObject(value) && Object.hasOwn(value, column.property) ? (value[column.property] ?? null) : null;
    if (column.mode !== 'REPEATED') return [column.name, expectedValue(expectation, column, [...trail, own]) ?? null];
    const items = Array.isArray(own) ? own : [];
    const kept = items.map((item) => expectedValue(expectation, column, [...trail, own, item]));
    return [column.name, kept.filter((item) => item !== undefined)];
  });
  return Object.fromEntries(entries);
}

/** Undefined where nothing may stand. */
function expectedValue(expectation: Expectation, column: Column, trail: readonly JsonValue[]): JsonValue | undefined {
  const value = trail.at(-1) ?? null;
  const { treatment } = column;
  if (value === null || treatment?.do === 'drop') return undefined;
  if (treatment !== undefined) {
    const whose = subjectOf(expectation, treatment, trail);
    if (whose === undefined) return undefined;
    if (treatment.do === 'tokenize') throw new Error('no token is told from the event alone');
    return treatment.do === 'pseudonymize'
      ? expectation.pseudonym(whose, typeof value === 'object' ? canonicalJson(value) : String(value))
      : plainValue(column, expectation.truncated(treatment, value) ?? null);
  }
  return column.type === 'RECORD' ? expectedRecord(expectation, column.fields ?? [], trail) : plainValue(column, value);
}

function subjectOf(
  { subject }: Expectation,
  treatment: Exclude<Treatment, { readonly do: 'drop' }>,
  trail: readonly JsonValue[],
): Whose | undefined {
  if (treatment.subject === undefined) return subject;
  const pointer = parsePointer(treatment.subject.pointer);
  const value = pointer === undefined ? undefined : resolvePointer(pointer, trail);
  if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) return undefined;
  return { realm: treatment.subject.realm, subject: String(value) };
}

function plainValue(column: Column, value: JsonValue): JsonValue {
  if (column.type === 'TIMESTAMP') return utcMicros(String(value));
  // Neither JSON nor a table tells -0 from 0.
  return withoutNegativeZero(value);
}

function withoutNegativeZero(value: JsonValue): JsonValue {
  const same: JsonValue = JSON.parse(JSON.stringify(value));
  return same;
}

/** The instant in UTC with six digits, computed from days and integers: another way than the product's. */
function utcMicros(text: string): string {
  const match = /^(\d+-\d+-\d+)T(\d+:\d+):(\d+)(?:\.(\d+))?(Z|[+-]\d+:\d+)$/.exec(text.toUpperCase());
  if (match === null) throw new Error('an accepted date-time is RFC 3339');
  const [, day = '', minute = '', second = '', fraction = '', zone = ''] = match;
  const millis = Date.parse(`${day}T${minute}:00.000${zone}`) + Number(second) * 1_000;
  return `${new Date(millis).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}
