import type { LegacyReason } from '../outcome/outcome.ts';

/** What is wrong with a value, or a record; never the value. */
export interface Fault {
  readonly reason: LegacyReason;
  /** Name of the column. */
  readonly column?: string;
}

/** A text that its column's type does not have. */
export const valueFault: Fault = { reason: 'legacy-value' };

/** JSON text of a value, undefined where there is none, or what is wrong with it. */
export type Written = string | undefined | Fault;

export function isFault<T>(value: T | Fault): value is Fault {
  return typeof value === 'object' && value !== null && 'reason' in value;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 has them escaped
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

/** `JSON.stringify` of a text, which mostly has nothing to escape. */
export function jsonText(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}
