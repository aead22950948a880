import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { projectPayload } from '../../../shared/event-types/project.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { problemsOf } from './payload-columns.ts';

const pseudonymize = (pointer?: string): JsonObject => ({
  treatment: { do: 'pseudonymize', ...(pointer === undefined ? {} : { subject: { realm: 'user', pointer } }) },
});
const map = (names: JsonObject, values: JsonValue = { type: 'integer' }): JsonObject => ({
  type: 'object',
  additionalProperties: values,
  propertyNames: names,
});

type Encrypt = (plaintext: string, subject: string) => string;
const bracketed: Encrypt = (plaintext, subject) => `<${subject}:${plaintext}>`;

/** The JSON in column `a`, with `encrypt` for the keys' cipher. */
function project(property: JsonObject, data: JsonObject, { encrypt = bracketed, $defs = {} } = {}) {
  const id: JsonObject = { type: 'string' };
  const { payload } = eventSchema({ ...schemaDocument({ properties: { id, a: property }, open: true }), $defs });
  const { row, personalValues, unownedCount } = projectPayload(payload, data, { realm: 'customer', subject: 'c' });
  for (const { plaintext = '', subject, settle } of personalValues) settle(encrypt(plaintext, subject.subject));
  const { a } = row;
  return { a: typeof a === 'string' ? JSON.parse(a) : a, unownedCount };
}

describe('keys that a schema does not declare are pseudonymized', () => {
  const ann = 'ann@example.com';

  test.each<[string, JsonObject, JsonValue, JsonValue]>([
    ['of a map', map(pseudonymize()), { [ann]: 1 }, { '<c:ann@example.com>': 1 }],
    ['each for itself', map(pseudonymize('0')), { [ann]: 1 }, { [`<${ann}:${ann}>`]: 1 }],
    ['for a person beside the map', map(pseudonymize('2/id')), { [ann]: 1 }, { '<i:ann@example.com>': 1 }],
    ['not those that are waived', map({ notPersonal: 'Codes' }), { sek: 1 }, { sek: 1 }],
    [
      'of maps in a map',
      map({ notPersonal: 'Codes' }, map(pseudonymize())),
      { sek: { [ann]: 1 } },
      { sek: { '<c:ann@example.com>': 1 } },
    ],
    ['of maps in lists', { type: 'array', items: map(pseudonymize()) }, [{ [ann]: 1 }], [{ '<c:ann@example.com>': 1 }]],
    [
      'of maps by position',
      { type: 'array', prefixItems: [{ type: 'string' }, map(pseudonymize())], items: false },
      ['x', { [ann]: 1 }],
      ['x', { '<c:ann@example.com>': 1 }],
    ],
    [
      'at every depth of what nothing describes',
      { type: 'object', propertyNames: pseudonymize() },
      { b: [{ c: { d: 1 } }] },
      { '<c:b>': [{ '<c:c>': { '<c:d>': 1 } }] },
    ],
    [
      'beside declared ones, which stay',
      {
        type: 'array',
        items: { ...map(pseudonymize()), type: ['object', 'null'], properties: { b: { type: 'string' } } },
      },
      [{ b: 'x', [ann]: 1 }, null],
      [{ b: 'x', '<c:ann@example.com>': 1 }, null],
    ],
    [
      'by patterns',
      { type: 'object', patternProperties: { '@': {} }, propertyNames: pseudonymize() },
      { [ann]: 1 },
      { '<c:ann@example.com>': 1 },
    ],
    [
      'said in allOf',
      { allOf: [map({}), { propertyNames: pseudonymize() }] },
      { [ann]: 1 },
      { '<c:ann@example.com>': 1 },
    ],
    [
      'said in an alternative',
      { anyOf: [map(pseudonymize()), { type: 'null' }] },
      { [ann]: 1 },
      { '<c:ann@example.com>': 1 },
    ],
    ['said in a definition', { $ref: '#/$defs/map' }, { [ann]: 1 }, { '<c:ann@example.com>': 1 }],
    [
      'with unevaluatedProperties',
      { type: 'object', unevaluatedProperties: { type: 'integer' }, propertyNames: pseudonymize() },
      { [ann]: 1 },
      { '<c:ann@example.com>': 1 },
    ],
    ['of a schema inside itself', { $ref: '#/$defs/tree' }, { b: { c: {} } }, { '<c:b>': { '<c:c>': {} } }],
    ['whatever a key is called', map(pseudonymize()), JSON.parse('{"__proto__":1}'), { '<c:__proto__>': 1 }],
    ['of an empty map', map(pseudonymize()), {}, {}],
  ])('%s', (_what, property, value, expected) => {
    const $defs = { map: map(pseudonymize()), tree: map(pseudonymize(), { $ref: '#/$defs/tree' }) };
    expect(project(property, { id: 'i', a: value }, { $defs })).toEqual({ a: expected, unownedCount: 0 });
  });

  test('a key of nobody is dropped with what it leads to, and counted', () => {
    expect(project(map(pseudonymize('2/id')), { a: { [ann]: 1, [`x${ann}`]: 2 } })).toEqual({ a: {}, unownedCount: 2 });
  });

  test('keys that fall together lose nothing', () => {
    const value = fc.dictionary(fc.constantFrom('a', 'b', '#', '# 2', '__proto__', 'constructor'), fc.nat(9));
    fc.assert(
      fc.property(value, (a) => {
        const { a: written } = project(map(pseudonymize()), { a }, { encrypt: () => '#' });
        expect(isJsonObject(written)).toBe(true);
        expect(Object.values(written).sort()).toEqual(Object.values(a).sort());
      }),
    );
    expect(project(map(pseudonymize()), { a: { x: 1, y: 2 } }, { encrypt: () => '#' }).a).toEqual({ '#': 1, '# 2': 2 });
  });

  test.each<[string, JsonObject, RegExp]>([
    ['dropped', { treatment: { do: 'drop' } }, /drop the whole map/],
    ['cut', { format: 'ipv4', treatment: { do: 'truncate', to: 'network' } }, /drop the whole map/],
    ['undecided', { treatment: { do: 'decide' } }, /"do" is one of/],
  ])('they cannot be %s', (_what, names, problem) => {
    expect(problemsOf({ a: map(names) }).join()).toMatch(problem);
  });

  test('alternatives that treat their keys differently are not one column in which one of them wins', () => {
    const one = (names: JsonObject) => ({ type: 'object', properties: { m: map(names) } });
    const property = { anyOf: [one(pseudonymize()), one({ notPersonal: 'Codes' })] };
    expect(problemsOf({ a: property }).join()).toMatch(/no treatment is applied|treatment/);
  });
});
