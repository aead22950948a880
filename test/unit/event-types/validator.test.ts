import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { compileValidator, tryValidator } from '../../../shared/event-types/validator.ts';
import { schemaDocument, type TestSchema } from '../../helpers/schemas.ts';

/** `path keyword` of the first fault, or undefined when the data fits. */
function faultOf(schema: TestSchema, data: JsonValue): string | undefined {
  if (!isJsonObject(data)) throw new Error('data is an object');
  const error = compileValidator(schemaDocument(schema))(data);
  return error && `${error.path} ${error.keyword}`;
}

describe('integers', () => {
  const integer = { type: 'integer' };
  const places: [string, JsonObject, (value: JsonValue) => JsonValue][] = [
    ['a property', integer, (value) => value],
    ['a nullable property', { type: ['integer', 'null'] }, (value) => value],
    ['a definition', { $ref: '#/$defs/count' }, (value) => value],
    ['a branch', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, (value) => value],
    ['a definition in a branch', { oneOf: [{ $ref: '#/$defs/count' }, { type: 'null' }] }, (value) => value],
    ['an item', { type: 'array', items: integer }, (value) => [value]],
    ['a value of a map', { type: 'object', additionalProperties: integer }, (value) => ({ any: value })],
    ['a property of an object', { type: 'object', properties: { enum: integer } }, (value) => ({ enum: value })],
    ['a pattern property', { type: 'object', patternProperties: { '^n': integer } }, (value) => ({ n: value })],
    ['every branch', { allOf: [{ type: 'number' }, { type: 'integer' }] }, (value) => value],
  ];

  test.each(places)('in %s stay within 2^53', (_place, node, wrap) => {
    const schema = { properties: { a: node }, $defs: { count: integer } };
    for (const value of [0, -1, 2 ** 53 - 1, -(2 ** 53) + 1, 3.0]) {
      expect(faultOf(schema, { a: wrap(value) })).toBeUndefined();
    }
    for (const text of ['9007199254740993', '9007199254740992', '-9007199254740992', '1e300', '1e19']) {
      const value: JsonValue = JSON.parse(text);
      expect(faultOf(schema, { a: wrap(value) })).toMatch(/ safeInteger$/);
    }
    expect(faultOf(schema, { a: wrap(1.5) })).toMatch(/ type$/);
  });

  test('numbers that are no integers by their schema have no such bound', () => {
    const schema = { properties: { a: { type: 'number' }, b: { enum: [{ type: 'integer', big: 9007199254740992 }] } } };
    expect(faultOf(schema, { a: 1e300 })).toBeUndefined();
    expect(faultOf(schema, { b: { type: 'integer', big: 9007199254740992 } })).toBeUndefined();
  });
});

describe('paths', () => {
  const email = 'alice@example.com';
  const schema: TestSchema = {
    open: true,
    properties: {
      name: { type: 'string' },
      'a/b~c': { type: 'string' },
      people: {
        type: 'object',
        additionalProperties: { type: 'object', required: ['age'], properties: { age: { type: 'integer' } } },
      },
      items: { type: 'array', items: { $ref: '#/$defs/item' } },
      closed: { type: 'object', additionalProperties: false, properties: {} },
      named: { type: 'object', propertyNames: { maxLength: 3 } },
      pattern: { type: 'object', patternProperties: { '@': { type: 'integer' } } },
      branch: { anyOf: [{ type: 'object', additionalProperties: { type: 'integer' } }] },
      strict: { type: 'object', required: ['x/y'], properties: {} },
      unevaluated: { type: 'object', properties: {}, unevaluatedProperties: false },
      some: { type: 'array', contains: { type: 'string', format: 'date' } },
      either: { anyOf: [{ type: 'null' }, { type: 'array', contains: { type: 'string', format: 'date' } }] },
    },
    $defs: { item: { type: 'object', properties: { price: { type: 'number' } } } },
  };

  test.each<[string, JsonValue]>([
    ['/data/name type', { name: 5 }],
    ['/data/a~1b~0c type', { 'a/b~c': 5 }],
    ['/data/items/1/price type', { items: [{}, { price: '1' }] }],
    ['/data/people/*/age type', { people: { [email]: { age: 'old' } } }],
    ['/data/people/* type', { people: { [email]: 5 } }],
    ['/data/people/*/age required', { people: { [email]: {} } }],
    ['/data/closed additionalProperties', { closed: { [email]: 1 } }],
    ['/data/named maxLength', { named: { [email]: 1 } }],
    ['/data/pattern/* type', { pattern: { [email]: 'x' } }],
    ['/data/branch/* type', { branch: { [email]: 'x' } }],
    ['/data/strict/x~1y required', { strict: {} }],
    ['/data/unevaluated unevaluatedProperties', { unevaluated: { [email]: 1 } }],
    ['/data/some contains', { some: [email, 'x'] }],
    ['/data/either type', { either: [email] }],
  ])('%s', (fault, data) => {
    expect(faultOf(schema, data)).toBe(fault);
  });

  test.each<[string, JsonValue]>([
    ['/data/both/1/n type', { both: [{ n: 1 }, { n: 'x' }] }],
    ['/data/both/* type', { both: { 4711: 'x' } }],
    ['/data/both/*/0/* type', { both: { 4711: [{ 4712: 'x' }] } }],
    ['/data/listed/0 type', { listed: ['x'] }],
    ['/data/listed/1 type', { listed: [1, 1] }],
    ['/data/free/*/* type', { free: { 4711: ['x'] } }],
  ])('17: show positions only where the value is an array, whatever keys look like: %s', (fault, data) => {
    const n: JsonObject = { type: 'object', additionalProperties: false, properties: { n: { type: 'integer' } } };
    const either: JsonObject = {
      type: ['array', 'object'],
      items: n,
      additionalProperties: { type: ['array'], items: { anyOf: [{ additionalProperties: { type: 'integer' } }] } },
    };
    const properties = {
      both: either,
      listed: { type: 'array', prefixItems: [{ type: 'integer' }], items: { type: 'string' }, minItems: 1 },
      free: { type: 'object', additionalProperties: { allOf: [{ type: 'array', items: { type: 'integer' } }] } },
    };
    expect(faultOf({ properties, open: true }, data)).toBe(fault);
  });

  test('never show the key of a map, whatever it is', () => {
    const validate = compileValidator(schemaDocument(schema));
    const key = fc.string({ unit: 'grapheme', minLength: 5 }).filter((text) => text !== '__proto__');
    fc.assert(
      fc.property(key, fc.constantFrom('people', 'closed', 'pattern', 'branch', 'unevaluated'), (secret, property) => {
        const error = validate({ [property]: { [`${secret}@`]: { [secret]: 'x' } } });
        expect(error?.path).toMatch(/^\/data\/(people\/\*(\/age)?|closed|pattern\/\*|branch\/\*|unevaluated)$/);
      }),
    );
  });

  test('are bounded', () => {
    const long = { type: 'object', properties: { ['p'.repeat(600)]: { type: 'string' } } };
    const error = compileValidator(schemaDocument({ properties: { a: long } }))({ a: { ['p'.repeat(600)]: 1 } });
    expect(error?.path).toHaveLength(512);
  });
});

describe('formats', () => {
  test.each([
    ['date-time', '2016-12-31T23:59:60Z', '2016-12-31'],
    ['date-time', '2024-02-29T00:00:00+01:00', '2023-02-29T00:00:00Z'],
    ['date-time', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00+01:00'],
    ['date', '2024-02-29', '2023-02-29'],
    ['uuid', '0190c1f0-1234-7000-8000-00000000000a', 'x'],
    ['ipv4', '192.0.2.1', '192.0.2.01'],
    ['ipv6', '2001:db8::1', '2001:db8:::1'],
    ['email', 'a@example.com', 'a'],
    ['uri', 'https://example.com/', 'no uri'],
    ['hostname', 'example.com', '-'],
    ['uri', 'https://[2001:db8::1]:80/?q=%20#f', 'https://ex.invalid/#C:\\tmp'],
    ['uri', 'urn:a:b', 'https://ex.invalid/{x}'],
    ['uri-reference', '/p?x=1', '\\\\host\\share'],
    ['uri-reference', '', '1:b'],
    ['ipv6', '::ffff:10.0.0.1', 'fe80::1%eth0'],
    ['email', '"q q"@x.invalid', 'te..st@example.com'],
    ['uuid', '2EB8AA08-AA98-11EA-B4AA-73B441D16380', 'urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380'],
  ])('%s takes %s but not %s', (format, good, bad) => {
    const schema = { properties: { a: { type: 'string', format } } };
    expect(faultOf(schema, { a: good })).toBeUndefined();
    expect(faultOf(schema, { a: bad })).toBe('/data/a format');
  });
});

describe('literals', () => {
  const text = '{"valueOf": 1, "toString": "x", "constructor": {"name": null}}';
  const odd = (): JsonValue => JSON.parse(text);
  const other: JsonValue = JSON.parse('{"valueOf": 2, "toString": "x", "constructor": {"name": null}}');

  test('are compared by their meaning, whatever properties are called', () => {
    const schema = {
      properties: { c: { const: odd() }, e: { enum: ['a', odd()] }, u: { type: 'array', uniqueItems: true } },
    };
    for (const good of [{ c: odd() }, { e: odd() }, { e: 'a' }, { u: [odd(), other, text] }]) {
      expect(faultOf(schema, good)).toBeUndefined();
    }
    expect(faultOf(schema, { c: other })).toBe('/data/c const');
    expect(faultOf(schema, { e: other })).toBe('/data/e enum');
    expect(faultOf(schema, { u: [odd(), other, odd()] })).toBe('/data/u uniqueItems');
  });

  test.each<[JsonValue, JsonValue]>([
    [1, '1'],
    [0, false],
    [null, {}],
    [[], {}],
    [{ a: [1, 2] }, { a: [2, 1] }],
  ])('%j is not %j', (first, second) => {
    const schema = { properties: { c: { const: first }, u: { type: 'array', uniqueItems: true } } };
    expect(faultOf(schema, { c: second })).toBe('/data/c const');
    expect(faultOf(schema, { u: [first, second] })).toBeUndefined();
    expect(faultOf(schema, { u: [first, second, first] })).toBe('/data/u uniqueItems');
  });

  test('are equal in any order of properties and with any sign of zero', () => {
    const schema = { properties: { c: { const: { a: 1, b: 0 } }, e: { enum: [0] } } };
    expect(faultOf(schema, { c: { b: -0, a: 1 }, e: -0 })).toBeUndefined();
  });

  test('may repeat where uniqueItems is false', () => {
    expect(faultOf({ properties: { u: { type: 'array', uniqueItems: false } } }, { u: [1, 1] })).toBeUndefined();
  });
});

describe('values as the specification has them', () => {
  const label = { type: 'string' };
  const needsTo: JsonObject = JSON.parse(
    '{"if": {"required": ["x_from"]}, "then": {"properties": {"x_to": {"type": "string"}}, "required": ["x_to"]}}',
  );
  const labels = { patternProperties: { '^x_': label }, ...needsTo };

  test.each<[string, JsonObject, readonly JsonValue[], readonly JsonValue[]]>([
    ['cents', { type: 'number', multipleOf: 0.01 }, [19.99, 0.07, 4.35, 1.1, -0.29, 0, 1e21], [0.015, 1e-3]],
    ['tiny and huge factors', { type: 'number', multipleOf: 1e-300 }, [1e300, 3e-300, 0], [1.5e-300, 5e-324]],
    ['large factors', { type: 'number', multipleOf: 1e300 }, [1e300, 7e300], [1e299, 1]],
    [
      'a contains beside prefixItems',
      { type: 'array', prefixItems: [label], contains: { const: 'x' } },
      [['x'], ['y', 'x']],
      [[], ['y']],
    ],
    [
      'uniqueness after prefixItems',
      { type: 'array', prefixItems: [label, label, label], uniqueItems: true },
      [['a']],
      [['a', 'a']],
    ],
    [
      'a bounded contains',
      { type: 'array', contains: { const: 'x' }, minContains: 0, maxContains: 1 },
      [[], ['x', 'y']],
      [['x', 'x']],
    ],
    [
      'unevaluated items',
      { type: 'array', contains: label, unevaluatedItems: false },
      [['a', 'b'], ['a']],
      [['a', 1], []],
    ],
    [
      'labels in an allOf',
      { type: 'object', allOf: [labels] },
      [{ x_from: 'a', x_to: 'b' }, { x_c: 'a' }],
      [{ x_from: 'a' }, { x_c: 1 }],
    ],
    [
      'unevaluated properties beside patterns and conditions',
      { type: 'object', properties: { k: label }, allOf: [labels], unevaluatedProperties: false },
      [{ k: 'a', x_from: 'a', x_to: 'b' }, {}],
      [{ y: 'a' }, { x_from: 'a' }],
    ],
    [
      'unevaluated properties of branches',
      {
        type: 'object',
        anyOf: [
          { properties: { a: label }, required: ['a'] },
          { properties: { b: label }, required: ['b'] },
        ],
        unevaluatedProperties: { type: 'number' },
      },
      [
        { a: 'a', b: 'b' },
        { a: 'a', b: 1 },
        { b: 'b', c: 1 },
      ],
      [{ c: 1 }, { a: 'a', c: 'c' }],
    ],
    ['1e300 where numbers are meant too', { type: ['integer', 'number'] }, [1e300, 1.5], ['1']],
    ['an inherited name', { type: 'object', required: ['constructor'] }, [{ constructor: 1 }], [{}, { toString: 1 }]],
    [
      'inherited names',
      { type: 'object', properties: { constructor: label, valueOf: label }, additionalProperties: false },
      [{}, { constructor: 'a' }],
      [{ constructor: 1 }, { toString: 'a' }],
    ],
    [
      'dependents of an inherited name',
      { type: 'object', dependentRequired: { toString: ['a'] } },
      [{}, { b: 1 }],
      [{ toString: 1 }],
    ],
  ])('%s', (_what, node, good, bad) => {
    const schema = { properties: { a: node } };
    for (const value of good) expect(faultOf(schema, { a: value })).toBeUndefined();
    for (const value of bad) expect(faultOf(schema, { a: value })).toBeDefined();
  });
});

test('a validator that is too large to run is found out before an event is', () => {
  const document = { ...schemaDocument(), allOf: Array(2_500).fill({ minProperties: 0 }) };
  expect(() => tryValidator(document)).toThrow(RangeError);
});

test.each<[string, JsonObject]>([
  ['an unknown keyword', { type: 'string', maxLenght: 5 }],
  ['an unknown format', { type: 'string', format: 'phone' }],
  ['an unknown type', { type: 'text' }],
  ['a reference to nowhere', { $ref: '#/$defs/none' }],
  ['a $dynamicRef', { $dynamicRef: '#a' }],
  ['a bad pattern', { type: 'string', pattern: '(' }],
])('a schema with %s does not compile', (_what, node) => {
  expect(() => compileValidator(schemaDocument({ properties: { a: node } }))).toThrow();
});

test('what the parts under an unevaluated keyword hold is compiled with the schema, not with the first event', () => {
  const twice = { properties: { b: {} }, patternProperties: { '^\\w+$': { maxLength: 2 } } };
  const own = (rules: JsonObject) => ({ type: 'object', properties: { a: {} }, ...rules });
  expect(() => compileValidator(own({ unevaluatedProperties: twice }))).toThrow(/matches pattern/);
  const nested = { anyOf: [{ required: ['a'] }, { anyOf: [{ required: ['b'] }, twice] }] };
  expect(() => compileValidator(own({ ...nested, unevaluatedProperties: false }))).toThrow(/matches pattern/);
});
