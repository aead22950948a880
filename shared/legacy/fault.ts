/**
 * Why a record of a legacy file does not become an event. The names are reasons of the quarantine; `legacy-` sets them
 * apart from what is wrong with an event.
 */
const badRecordReasons = {
  'legacy-columns': 'the record has another number of columns than any version of its mapping',
  'legacy-value': 'the text of a column is none of the type that the mapping says',
  'legacy-time': 'the text of a column is no time of the format that the mapping says, or none that its zone had',
  'legacy-missing': 'id, source or time come from a column that is null',
  'legacy-no-type': 'no event of the mapping fits the record',
  'legacy-utf8': 'the record is not UTF-8',
  'legacy-nul': 'the record holds a NUL byte',
  'legacy-too-long': 'the record is longer than an event may be; only its place, length and hash are kept',
} as const;
export type BadRecordReason = keyof typeof badRecordReasons;

/** What is wrong with a value, or a record; never the value. */
export interface Fault {
  readonly reason: BadRecordReason;
  /** Name of the column. */
  readonly column?: string;
}

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
