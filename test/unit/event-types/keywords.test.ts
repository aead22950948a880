import applicator from 'ajv/dist/refs/json-schema-2020-12/meta/applicator.json' with { type: 'json' };
import content from 'ajv/dist/refs/json-schema-2020-12/meta/content.json' with { type: 'json' };
import core from 'ajv/dist/refs/json-schema-2020-12/meta/core.json' with { type: 'json' };
import format from 'ajv/dist/refs/json-schema-2020-12/meta/format-annotation.json' with { type: 'json' };
import metaData from 'ajv/dist/refs/json-schema-2020-12/meta/meta-data.json' with { type: 'json' };
import unevaluated from 'ajv/dist/refs/json-schema-2020-12/meta/unevaluated.json' with { type: 'json' };
import validation from 'ajv/dist/refs/json-schema-2020-12/meta/validation.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { keywords, ownKeywords } from '../../../shared/event-types/keywords.ts';
import { mapExactly } from '../../../shared/event-types/mapping/map-schema.ts';
import { schemaPlaces } from '../../../shared/event-types/schema-places.ts';
import { compileValidator } from '../../../shared/event-types/validator.ts';
import { typeScriptOf } from '../../../shared/schema-language/code/typescript.ts';
import { compareSchemas } from '../../../shared/schema-language/compat/compare.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const vocabularies: readonly { readonly properties: object }[] = [
  applicator,
  content,
  core,
  format,
  metaData,
  unevaluated,
  validation,
];
const standard = vocabularies.flatMap(({ properties }) => Object.keys(properties));

test('every keyword of JSON Schema 2020-12 has an entry, and no other but our own', () => {
  expect([...keywords.keys()].sort()).toEqual([...standard, ...ownKeywords].sort());
});

/** How the meta-schemas say that a keyword holds schemas. */
function holdsBy(definition: JsonValue | undefined): string {
  if (!isJsonObject(definition)) return '-';
  const { $ref, $dynamicRef, additionalProperties } = definition;
  if ($dynamicRef === '#meta') return 'schema';
  if ($ref === '#/$defs/schemaArray') return 'list';
  return isJsonObject(additionalProperties) && additionalProperties['$dynamicRef'] === '#meta' ? 'map' : '-';
}

test('an entry says how the meta-schemas let a keyword hold schemas', () => {
  const said = vocabularies.flatMap(({ properties }) =>
    Object.entries(properties).map(([name, definition]: [string, JsonValue]) => [name, holdsBy(definition)]),
  );
  expect(said).toEqual(said.map(([name = '']) => [name, keywords.get(name)?.holds]));
});

test('a walk finds what each keyword holds', () => {
  for (const [name, { holds }] of keywords) {
    const inner: JsonObject = {};
    const held: JsonValue = holds === 'list' ? [inner] : holds === 'map' ? { x: inner } : inner;
    const isFound = [...schemaPlaces({ [name]: held })].some(({ node }) => node === inner);
    expect(isFound, name).toBe(holds !== '-');
  }
});

/** A value of each keyword with an effect, for a property of some type, and data that it refuses. */
const samples: Readonly<Record<string, readonly [type: string, rule: JsonObject, refused: JsonValue]>> = {
  allOf: ['string', { allOf: [{ type: 'integer' }] }, 'a'],
  anyOf: ['string', { anyOf: [{ type: 'integer' }] }, 'a'],
  oneOf: ['string', { oneOf: [{ type: 'integer' }] }, 'a'],
  not: ['string', { not: { const: 'a' } }, 'a'],
  if: ['string', { if: { const: 'a' }, else: { const: 'b' } }, 'c'],
  else: ['string', { if: { const: 'a' }, else: { const: 'b' } }, 'c'],
  dependentSchemas: ['object', { dependentSchemas: { a: { required: ['b'] } } }, { a: 1 }],
  prefixItems: ['array', { prefixItems: [{ type: 'integer' }] }, ['a']],
  items: ['array', { items: { type: 'integer' } }, ['a']],
  contains: ['array', { contains: { type: 'integer' } }, []],
  properties: ['object', { properties: { a: { type: 'integer' } } }, { a: 'a' }],
  patternProperties: [
    'object',
    { patternProperties: { a: { type: 'integer' } }, additionalProperties: false },
    { a: 'a' },
  ],
  additionalProperties: ['object', { additionalProperties: { type: 'integer' } }, { a: 'a' }],
  propertyNames: ['object', { propertyNames: { const: 'b' } }, { a: 1 }],
  unevaluatedItems: ['array', { unevaluatedItems: { type: 'integer' } }, ['a']],
  unevaluatedProperties: ['object', { unevaluatedProperties: { type: 'integer' } }, { a: 'a' }],
  type: ['string', { type: 'integer' }, 'a'],
  enum: ['string', { enum: ['b'] }, 'a'],
  const: ['string', { const: 'b' }, 'a'],
  multipleOf: ['number', { multipleOf: 2 }, 1],
  minimum: ['number', { minimum: 2 }, 1],
  maximum: ['number', { maximum: 0 }, 1],
  exclusiveMinimum: ['number', { exclusiveMinimum: 1 }, 1],
  exclusiveMaximum: ['number', { exclusiveMaximum: 1 }, 1],
  minLength: ['string', { minLength: 2 }, 'a'],
  maxLength: ['string', { maxLength: 0 }, 'a'],
  pattern: ['string', { pattern: '^b' }, 'a'],
  minItems: ['array', { minItems: 1 }, []],
  maxItems: ['array', { maxItems: 0 }, [1]],
  uniqueItems: ['array', { uniqueItems: true }, [1, 1]],
  minContains: ['array', { contains: true, minContains: 2 }, [1]],
  maxContains: ['array', { contains: true, maxContains: 1 }, [1, 1]],
  minProperties: ['object', { minProperties: 1 }, {}],
  maxProperties: ['object', { maxProperties: 0 }, { a: 1 }],
  required: ['object', { required: ['a'] }, {}],
  dependentRequired: ['object', { dependentRequired: { a: ['b'] } }, { a: 1 }],
  format: ['string', { format: 'date' }, 'a'],
};

describe('what the table says of a keyword is so', () => {
  const named = [...keywords].filter(([name]) => samples[name] !== undefined);

  test('of all that are checked but references, and `then`, which `else` stands for', () => {
    const checked = [...keywords].filter(([, { validator }]) => validator === 'checks').map(([name]) => name);
    expect(checked.filter((name) => samples[name] === undefined)).toEqual(['$ref', '$dynamicRef', 'then']);
  });

  test.each(named)('%s', (name, { validator, compat, types }) => {
    const [type = '', rule = {}, refused = null] = samples[name] ?? [];
    const [without, within] = [{ type }, { type, ...rule }];
    const document = (node: JsonObject) => schemaDocument({ properties: { p: node } });
    const refuses = compileValidator(document(within))({ p: refused }) !== undefined;
    expect([refuses, compileValidator(document(without))({ p: refused })]).toEqual([validator === 'checks', undefined]);
    const { compatible } = compareSchemas(without, within, { formats: 'assertion' });
    expect(compatible).toBe(compat !== 'decides');
    if (types === '-') expect(typeScriptOf(within)).toBe(typeScriptOf(without));
    else expect(typeScriptOf(within)).not.toBe(typeScriptOf(without));
  });

  test('the mapping leaves columns as they are, whatever the keywords say that it does not read', () => {
    for (const [name, { mapping }] of named) {
      const [type = '', rule = {}] = samples[name] ?? [];
      if (mapping === 'reads' || type === '') continue;
      const columns = (node: JsonObject) =>
        mapExactly(schemaDocument({ properties: { p: { type, ...node } } }))?.columns;
      const [own] = Object.keys(rule).filter((keyword) => keywords.get(keyword)?.mapping === 'reads');
      if (own === undefined) expect(columns(rule), name).toEqual(columns({}));
    }
  });
});
