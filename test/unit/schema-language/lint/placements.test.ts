import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/event/json.ts';
import { keywords } from '../../../../shared/event-types/keywords.ts';
import { lintSchema } from '../../../../shared/schema-language/lint/lint.ts';
import { schemaDocument } from '../../../helpers/schemas.ts';

const text = { description: 'x', type: 'string' };

function lint(document: JsonObject, rules: RegExp): string[] {
  return lintSchema(document, { foreign: false })
    .filter(({ rule }) => rules.test(rule))
    .map(({ rule, pointer, severity }) => `${severity} ${rule} ${pointer}`);
}

/** A schema under a keyword that holds schemas, as that keyword holds them. */
function under(keyword: string, schema: JsonValue): JsonObject {
  const holds = keywords.get(keyword)?.holds;
  if (holds === 'list') return { [keyword]: [schema] };
  if (holds === 'map') return { [keyword]: { [keyword === 'patternProperties' ? '^x' : 'x']: schema } };
  return keyword === 'then' || keyword === 'else'
    ? { if: { required: ['k'] }, [keyword]: schema }
    : { [keyword]: schema };
}

const holders = [...keywords].filter(([, { holds }]) => holds !== '-').map(([name]) => name);
const placements = holders.filter((name) => name !== '$defs');
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: true, properties });

describe('a property that looks personal is found', () => {
  const found = (properties: JsonObject, rest: JsonObject = {}) =>
    lint({ ...schemaDocument({ properties, open: true }), ...rest }, /^personal/);

  test.each(placements)('under %s of the payload', (keyword) => {
    if (keyword === 'properties') return expect(found({ email: text })).toHaveLength(1);
    const schema = keyword === 'propertyNames' ? { format: 'email' } : object({ email: text });
    return expect(found({ k: text }, under(keyword, schema)), keyword).toHaveLength(1);
  });

  test.each(placements)('under %s of a value that becomes JSON', (keyword) => {
    const schema = keyword === 'propertyNames' ? { enum: ['email', 'color'] } : object({ email: text });
    const value = keyword === 'properties' ? object({ x: object({ email: text }) }) : under(keyword, schema);
    expect(found({ a: { description: 'x', type: ['object', 'array', 'string'], ...value } }), keyword).toHaveLength(1);
  });

  test.each(placements)('by its format, under %s', (keyword) => {
    const format = { type: 'string', format: 'ipv4' };
    expect(found({ a: { description: 'x', ...under(keyword, format) } }), keyword).toHaveLength(1);
  });

  test.each<[string, JsonObject, JsonObject, string[]]>([
    [
      'in a definition of a definition',
      { a: { description: 'x', $ref: '#/$defs/a' } },
      { a: { $ref: '#/$defs/b' }, b: object({ email: text }) },
      ['/$defs/b/properties/email'],
    ],
    [
      'by a percent-encoded reference',
      { a: { description: 'x', $ref: '#/$defs/a%20b' } },
      { 'a b': object({ email: text }) },
      ['/$defs/a b/properties/email'],
    ],
    [
      'in a definition that is a RECORD here and JSON there',
      {
        a: { description: 'x', $ref: '#/$defs/a' },
        b: { description: 'x', type: ['string', 'object'], $ref: '#/$defs/b' },
      },
      {
        a: object({ o: { ...object({ email: { ...text, notPersonal: 'Ours' } }), description: 'x' } }),
        b: { properties: { o: object({ email: text }) } },
      },
      ['/$defs/b/properties/o/properties/email'],
    ],
    [
      'among names that are required of what becomes JSON',
      { a: { description: 'x', type: 'object', required: ['email'] } },
      {},
      ['/properties/a/required/0'],
    ],
    [
      'in a pattern of names',
      { a: { description: 'x', type: 'object', patternProperties: { '^email_': { type: 'string' } } } },
      {},
      ['/properties/a/patternProperties/^email_'],
    ],
  ])('%s', (_what, properties, $defs, pointers) => {
    expect(found(properties, { $defs })).toEqual(pointers.map((pointer) => `error personal-undecided ${pointer}`));
  });
});

describe('it is decided about', () => {
  const treated = { ...text, treatment: { do: 'drop' } };
  test.each<[string, JsonObject]>([
    [
      'beside what a condition asks of it',
      {
        properties: { email: treated, k: text },
        if: { properties: { email: { minLength: 3 } } },
      },
    ],
    ['in one part of what is combined', { properties: { email: text }, allOf: [{ properties: { email: treated } }] }],
    [
      'by the property, for its list',
      { properties: { emails: { description: 'x', type: 'array', items: text, notPersonal: 'Ours' } } },
    ],
    [
      'by the items of its list, combined',
      { properties: { emails: { description: 'x', type: 'array', items: { allOf: [treated] } } } },
    ],
    [
      'by all alternatives',
      {
        properties: {
          email: {
            description: 'x',
            oneOf: [
              { ...treated, maxLength: 3 },
              { ...treated, minLength: 4 },
            ],
          },
        },
      },
    ],
    [
      'below what is dropped whole',
      { properties: { o: { description: 'x', ...object({ email: treated }), treatment: { do: 'drop' } } } },
    ],
    [
      'where undeclared properties are dropped anyway',
      { properties: { k: text }, patternProperties: { '^email': treated } },
    ],
  ])('%s', (_what, schema) => {
    expect(lint({ ...schemaDocument({ open: true }), ...schema }, /^personal|^treatment/)).toEqual([]);
  });
});

describe('a treatment without effect is refused', () => {
  const treated = { description: 'x', type: 'string', treatment: { do: 'pseudonymize' } };
  const effect = (schema: JsonObject) =>
    lint({ ...schemaDocument({ properties: { k: text }, open: true }), ...schema }, /^treatment/);

  test.each(['not', 'if', 'contains', 'propertyNames', 'contentSchema'])('under %s', (keyword) => {
    const value = {
      description: 'x',
      type: keyword === 'contains' ? 'array' : 'string',
      ...(keyword === 'contains' ? { items: { type: 'string' } } : {}),
    };
    const schema = {
      type: 'object',
      additionalProperties: true,
      properties: { a: { ...value, ...under(keyword, { treatment: { do: 'drop' } }) } },
    };
    const [found, another] = effect(schema);
    expect(found).toMatch(new RegExp(`^error treatment-without-effect /properties/a/.*${keyword}/treatment$`));
    expect(another).toBeUndefined();
  });

  test.each<[string, JsonObject, string]>([
    ['at the top', { treatment: { do: 'drop' } }, 'error treatment-without-effect /treatment'],
    [
      'for names in a pattern beside declared ones',
      { patternProperties: { '^x': treated } },
      'error treatment-without-effect /patternProperties/^x/treatment',
    ],
    [
      'beside another one',
      { properties: { a: { ...treated, allOf: [{ treatment: { do: 'drop' } }] } } },
      'error treatment-without-effect /properties/a/allOf/0/treatment',
    ],
    [
      'on null',
      {
        properties: {
          a: { description: 'x', anyOf: [{ type: 'string' }, { type: 'null', treatment: { do: 'drop' } }] },
        },
      },
      'error treatment-without-effect /properties/a/anyOf/1/treatment',
    ],
    [
      'where a condition asks',
      { if: { properties: { k: treated } } },
      'error treatment-without-effect /if/properties/k/treatment',
    ],
    [
      'in a definition that nobody uses, which is a warning',
      { $defs: { a: treated } },
      'warning treatment-without-effect /$defs/a/treatment',
    ],
  ])('%s', (_what, schema, found) => {
    expect(effect(schema)).toEqual([found]);
  });

  test.each<[string, JsonObject]>([
    ['under then and else', { ...under('then', { properties: { a: treated } }), else: { properties: { a: treated } } }],
    [
      'in a definition, beside a reference of another',
      {
        properties: { a: { $ref: '#/$defs/a' }, b: { $ref: '#/$defs/a', treatment: { do: 'drop' } } },
        $defs: { a: treated },
      },
    ],
    ['twice the same', { properties: { a: treated }, allOf: [{ properties: { a: treated } }] }],
    [
      'a property that is called treatment',
      {
        properties: {
          treatment: { description: 'x', type: 'object', additionalProperties: true, properties: { treatment: text } },
        },
      },
    ],
    [
      'a property that is called treatment, in JSON',
      {
        properties: {
          a: {
            description: 'x',
            type: ['object', 'string'],
            additionalProperties: true,
            properties: { treatment: text },
          },
        },
      },
    ],
  ])('but not %s', (_what, schema) => {
    expect(effect(schema)).toEqual([]);
  });
});
