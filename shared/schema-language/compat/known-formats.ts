import type { JsonValue } from '../../event/json.ts';

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
