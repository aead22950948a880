/** How a keyword holds schemas: not at all, one, a list of them, or by name. */
type Holds = '-' | 'schema' | 'list' | 'map';

/**
 * What the schemas under a keyword speak of: the value itself, a part of it, the name of a property, what a text decodes
 * to, or of nothing where they stand (definitions).
 */
type About = '-' | 'value' | 'part' | 'name' | 'content';

/** What one keyword is to each who reads schemas. README.md of shared/schema-language says who they are. */
interface Keyword {
  readonly holds: Holds;
  readonly about: About;
  /** Ingest refuses a value because of it. */
  readonly validator: 'checks' | '-';
  /** Compatibility is decided about it; what is not decided counts as breaking. */
  readonly compat: 'decides' | '-';
  /** It can change columns or what becomes of their values. */
  readonly mapping: 'reads' | '-';
  /** A type of TypeScript says it, as far as types can. */
  readonly types: 'tells' | '-';
}

type Row = readonly [Holds, About, Keyword['validator'], Keyword['compat'], Keyword['mapping'], Keyword['types']];

const rule: Row = ['-', '-', 'checks', 'decides', '-', '-'];
const note: Row = ['-', '-', '-', '-', '-', '-'];
const telling: Row = ['-', '-', 'checks', 'decides', 'reads', 'tells'];

/** Every keyword of JSON Schema 2020-12 (core sections 8, 10, 11; validation sections 6 to 9), then our own. */
const table = {
  $schema: note,
  $id: note,
  $anchor: note,
  $vocabulary: note,
  $comment: note,
  $ref: ['-', '-', 'checks', 'decides', 'reads', 'tells'],
  $dynamicRef: ['-', '-', 'checks', 'decides', '-', '-'],
  $dynamicAnchor: note,
  allOf: ['list', 'value', 'checks', 'decides', 'reads', 'tells'],
  anyOf: ['list', 'value', 'checks', 'decides', 'reads', 'tells'],
  oneOf: ['list', 'value', 'checks', 'decides', 'reads', 'tells'],
  not: ['schema', 'value', 'checks', 'decides', '-', '-'],
  if: ['schema', 'value', 'checks', 'decides', 'reads', '-'],
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  then: ['schema', 'value', 'checks', 'decides', 'reads', '-'],
  else: ['schema', 'value', 'checks', 'decides', 'reads', '-'],
  dependentSchemas: ['map', 'value', 'checks', 'decides', 'reads', '-'],
  prefixItems: ['list', 'part', 'checks', 'decides', 'reads', 'tells'],
  items: ['schema', 'part', 'checks', 'decides', 'reads', 'tells'],
  contains: ['schema', 'part', 'checks', 'decides', '-', '-'],
  properties: ['map', 'part', 'checks', 'decides', 'reads', 'tells'],
  patternProperties: ['map', 'part', 'checks', 'decides', 'reads', 'tells'],
  additionalProperties: ['schema', 'part', 'checks', 'decides', 'reads', 'tells'],
  propertyNames: ['schema', 'name', 'checks', 'decides', 'reads', '-'],
  unevaluatedItems: ['schema', 'part', 'checks', 'decides', '-', 'tells'],
  unevaluatedProperties: ['schema', 'part', 'checks', 'decides', 'reads', 'tells'],
  $defs: ['map', '-', '-', '-', '-', '-'],
  type: telling,
  enum: telling,
  const: telling,
  multipleOf: rule,
  minimum: ['-', '-', 'checks', 'decides', 'reads', '-'],
  maximum: ['-', '-', 'checks', 'decides', 'reads', '-'],
  exclusiveMinimum: ['-', '-', 'checks', 'decides', 'reads', '-'],
  exclusiveMaximum: ['-', '-', 'checks', 'decides', 'reads', '-'],
  minLength: rule,
  maxLength: rule,
  pattern: rule,
  minItems: rule,
  maxItems: rule,
  uniqueItems: rule,
  minContains: rule,
  maxContains: rule,
  minProperties: rule,
  maxProperties: rule,
  required: telling,
  dependentRequired: rule,
  format: ['-', '-', 'checks', 'decides', 'reads', '-'],
  contentEncoding: note,
  contentMediaType: note,
  contentSchema: ['schema', 'content', '-', '-', '-', '-'],
  title: note,
  description: ['-', '-', '-', '-', 'reads', 'tells'],
  default: note,
  deprecated: note,
  readOnly: note,
  writeOnly: note,
  examples: note,
  edi: note,
  treatment: ['-', '-', '-', '-', 'reads', '-'],
  notPersonal: ['-', '-', '-', '-', 'reads', '-'],
} as const satisfies Readonly<Record<string, Row>>;

export const keywords: ReadonlyMap<string, Keyword> = new Map(
  Object.entries(table).map(([name, [holds, about, validator, compat, mapping, types]]) => [
    name,
    { holds, about, validator, compat, mapping, types },
  ]),
);

export const ownKeywords = ['edi', 'treatment', 'notPersonal'] as const;

export function keywordsWhere(is: (keyword: Keyword) => boolean): readonly string[] {
  return [...keywords].filter(([, keyword]) => is(keyword)).map(([name]) => name);
}
