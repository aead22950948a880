import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { JsonValue } from '../../event/json.ts';
import { checkSupportedFormat } from '../../event-types/formats.ts';

/** The formats of JSON Schema (validation section 7.3). Others refuse nothing, whatever their name. */
const known: ReadonlySet<string> = new Set(
  (
    'date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri iri-reference ' +
    'uuid uri-template json-pointer relative-json-pointer regex'
  ).split(' '),
);

const wider: readonly (readonly [string, string])[] = [
  ['uri', 'uri-reference'],
  ['uri', 'iri'],
  ['uri', 'iri-reference'],
  ['uri-reference', 'iri-reference'],
  ['iri', 'iri-reference'],
  ['email', 'idn-email'],
  ['hostname', 'idn-hostname'],
];

export function isKnownFormat(format: JsonValue): boolean {
  return typeof format === 'string' && known.has(format);
}

/** True when formats contradict each other: the values of one are values of another, which is ruled out. */
export function formatsContradict(formats: ReadonlyMap<string, boolean>): boolean {
  return wider.some(([narrow, wide]) => formats.get(narrow) === true && formats.get(wide) === false);
}

/** Whether a text is of a format: by our own definition where we have one, else by ajv's; undefined where neither does. */
export function checkFormat(format: string, text: string): boolean | undefined {
  const answer = checkSupportedFormat(format, text);
  if (answer !== undefined || !isKnownFormat(format)) return answer;
  const check: unknown = new Map(Object.entries(fullFormats)).get(format);
  if (check instanceof RegExp) return check.test(text);
  if (typeof check === 'function') return check(text) === true;
  const validate: unknown = typeof check === 'object' && check !== null && 'validate' in check ? check.validate : null;
  return typeof validate === 'function' ? validate(text) === true : undefined;
}
