import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { compileFaults, compileValidator } from '../../../shared/event-types/validator.ts';

const schema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['client'],
  properties: {
    client: { type: 'string', description: 'Name of the client', minLength: 1, maxLength: 1 },
    cents: { type: 'integer', minimum: 0, maximum: 9, description: 'What it costs' },
    ratio: { type: ['number', 'null'], exclusiveMinimum: 0, multipleOf: 0.5 },
    platform: { enum: ['ios', 'android', 3], description: 'Where it ran' },
    day: { type: 'string', format: 'date' },
    code: { type: 'string', pattern: '^[a-z]+$' },
    either: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'boolean' }], description: 'Either' },
    kind: {
      oneOf: [
        { const: 'a', description: 'One' },
        { const: 'b', description: 'Other' },
      ],
    },
    lines: { type: 'array', maxItems: 2, items: { $ref: '#/$defs/line' } },
    pair: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'integer' } },
    people: { type: 'object', additionalProperties: { type: 'integer', description: 'How often' } },
    many: { enum: Array.from({ length: 30 }, (_, at) => at) },
  },
  $defs: {
    line: {
      type: 'object',
      additionalProperties: false,
      properties: { sku: { type: 'string', description: 'Its number' }, 'a/b': { type: 'boolean' } },
    },
  },
};
const validate = compileValidator(schema);
const faultOf = (data: JsonObject) => validate({ client: 'x', ...data });

describe('a rejection says what the schema wants', () => {
  test.each<[JsonObject, string, string, string]>([
    [{ cents: 'x' }, '/data/cents', 'type', 'integer, at least 0, at most 9: What it costs'],
    [{ cents: 10 }, '/data/cents', 'maximum', 'integer, at least 0, at most 9: What it costs'],
    [{ cents: 1e21 }, '/data/cents', 'maximum', 'integer, at least 0, at most 9: What it costs'],
    [{ ratio: 'x' }, '/data/ratio', 'type', 'number or null, more than 0, a multiple of 0.5'],
    [{ platform: 'alice' }, '/data/platform', 'enum', 'one of "ios", "android", 3: Where it ran'],
    [{ day: 'alice' }, '/data/day', 'format', 'string, format date'],
    [{ code: 'A' }, '/data/code', 'pattern', 'string, matching ^[a-z]+$'],
    [{ either: 'x' }, '/data/either', 'type', 'integer or boolean, at least 1: Either'],
    [{ kind: 'alice' }, '/data/kind', 'const', 'one of "a", "b"'],
    [{ lines: [{}, { sku: 1 }] }, '/data/lines/1/sku', 'type', 'string: Its number'],
    [{ lines: [{ 'a/b': 1 }] }, '/data/lines/0/a~1b', 'type', 'boolean'],
    [{ lines: [{}, {}, {}] }, '/data/lines', 'maxItems', 'array, at most 2 items'],
    [{ lines: [{ alice: 1 }] }, '/data/lines/0', 'additionalProperties', 'no other property than sku, a/b'],
    [{ pair: [1] }, '/data/pair/0', 'type', 'string'],
    [{ pair: ['a', 'b'] }, '/data/pair/1', 'type', 'integer'],
    [{ people: { 'alice@example.com': 'x' } }, '/data/people/*', 'type', 'integer: How often'],
  ])('%j', (data, path, keyword, expected) => {
    expect(faultOf(data)).toEqual({ path, keyword, expected });
  });

  test('what is missing, by what it is; a character is one', () => {
    const expected = 'string, at least 1 character, at most 1 character: Name of the client';
    expect(validate({})).toEqual({ path: '/data/client', keyword: 'required', expected });
  });

  test('an integer that JSON readers would round', () => {
    const large = compileValidator({ type: 'object', properties: { n: { type: 'integer' } } });
    expect(large({ n: 1e21 })?.expected).toBe('integer, within 2^53');
  });

  test('many values are cut, and a text is bounded', () => {
    expect(faultOf({ many: 'x' })?.expected).toMatch(/^one of 0, 1, .*, 19 and 10 more$/);
    const long = compileValidator({
      type: 'object',
      properties: { n: { enum: Array.from({ length: 20 }, (_, at) => `${at}${'x'.repeat(2_000)}`) } },
    });
    expect(long({ n: 1 })?.expected).toHaveLength(480);
  });

  test('where a schema refers to itself, and where it says nothing', () => {
    const endless = compileValidator({
      type: 'object',
      properties: { tree: { $ref: '#/$defs/tree' }, never: false },
      $defs: { tree: { type: 'object', properties: { below: { $ref: '#/$defs/tree' }, n: { type: 'number' } } } },
    });
    expect(endless({ tree: { below: { below: { n: 'x' } } } })?.expected).toBe('number');
    expect(endless({ never: 1 })).not.toHaveProperty('expected');
  });

  test('one fault of a thousand events is one object, whatever their keys', () => {
    const [one, other] = ['alice', 'bob'].map((name) => faultOf({ people: { [name]: 'x' } }));
    expect(one).toBe(other);
    expect(one?.path).toBe('/data/people/*');
    // A number is a position only in a list.
    expect(faultOf({ lines: { 0: 1 } })?.path).toBe('/data/lines');
  });
});

test('all that does not fit, each once', () => {
  const faults = compileFaults(schema)({ cents: 'x', people: { alice: 'x', bob: 'y' }, carol: 1 });
  const places = faults.map(({ path, keyword }) => `${path} ${keyword}`).sort();
  expect(places).toEqual([
    '/data additionalProperties',
    '/data/cents type',
    '/data/client required',
    '/data/people/* type',
  ]);
  expect(compileFaults(schema)({ client: 'x' })).toEqual([]);
});
