import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../shared/event/json.ts';
import { lintSchema } from '../../../../shared/schema-language/lint/lint.ts';
import { treatmentChanges } from '../../../../shared/schema-language/treatments.ts';
import { schemaDocument } from '../../../helpers/schemas.ts';

const count = { type: 'integer' };
const pseudonymize: JsonObject = { treatment: { do: 'pseudonymize' } };
const map = (rest: JsonObject = {}): JsonObject => ({
  description: 'x',
  type: 'object',
  additionalProperties: count,
  ...rest,
});
const schema = (a: JsonObject, rest: JsonObject = {}) => ({ ...schemaDocument({ properties: { a } }), ...rest });

function found(a: JsonObject, rest: JsonObject = {}): string[] {
  return lintSchema(schema({ description: 'x', ...a }, rest), { foreign: false }).map(
    ({ rule, pointer }) => `${rule} ${pointer}`,
  );
}

describe('a map needs a decision about its keys', () => {
  test.each<[string, JsonObject, string]>([
    ['by additionalProperties', map(), ''],
    ['by patterns', { type: 'object', additionalProperties: false, patternProperties: { '@': count } }, ''],
    ['by unevaluatedProperties', { type: 'object', unevaluatedProperties: count }, ''],
    ['by names of a form', map({ propertyNames: { maxLength: 9 } }), '/propertyNames'],
    ['of anything', { type: 'object', additionalProperties: true }, ''],
    ['in a list', { type: 'array', items: map() }, '/items'],
    [
      'in a map',
      map({ propertyNames: { notPersonal: 'Codes' }, additionalProperties: map() }),
      '/additionalProperties',
    ],
    ['in one alternative', { anyOf: [map(), { type: 'string' }] }, ''],
    [
      'in both, and one decided',
      { anyOf: [map({ notPersonal: 'Codes' }), { type: 'object', additionalProperties: true }] },
      '',
    ],
    ['behind a reference', { $ref: '#/$defs/map' }, ''],
    ['in a part', { allOf: [map()] }, ''],
    ['by position', { type: 'array', prefixItems: [map()], items: false }, ''],
  ])('%s', (_what, a, below) => {
    const [finding = '', another] = found(a, { $defs: { map: map() } });
    expect(finding).toMatch(new RegExp(`^keys-undecided /properties/a(/.*)?${below}$`));
    expect(another).toBeUndefined();
  });

  test.each<[string, JsonObject]>([
    ['treated', map({ propertyNames: pseudonymize })],
    ['waived', map({ propertyNames: { notPersonal: 'Codes' } })],
    ['waived with its values', map({ notPersonal: 'Codes' })],
    ['dropped', map({ treatment: { do: 'drop' } })],
    ['whose names are listed', map({ propertyNames: { enum: ['b', 'c'] } })],
    ['whose values are listed', { enum: [{ b: 1 }, { c: 1 }] }],
    ['that is waived from outside', { type: 'array', notPersonal: 'Codes', items: map() }],
    [
      'and none that is a RECORD, of which nothing undeclared reaches a column',
      map({ properties: { b: { ...count, description: 'x' } } }),
    ],
    [
      'and none that is closed',
      { type: 'array', items: { type: ['object', 'null'], additionalProperties: false, properties: {} } },
    ],
  ])('%s', (_what, a) => {
    expect(found(a)).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    ['a property that may be anything', {}, 'warning'],
    ['items that may be anything', { type: 'array' }, 'warning'],
    ['what may be an object, too', { type: ['string', 'object'], additionalProperties: true }, 'error'],
  ])('%s', (_what, a, severity) => {
    const findings = lintSchema(schema({ description: 'x', ...a }), { foreign: false });
    expect(findings.map((finding) => [finding.rule, finding.severity])).toEqual([['keys-undecided', severity]]);
  });

  test('a treatment of keys that reach no column has no effect', () => {
    const a = map({ properties: { b: { ...count, description: 'x' } }, propertyNames: pseudonymize });
    expect(found(a)).toEqual(['treatment-without-effect /properties/a/propertyNames/treatment']);
  });

  test('a pointer from a key to a person is followed', () => {
    const to = (pointer: string): JsonObject =>
      map({ propertyNames: { treatment: { do: 'pseudonymize', subject: { realm: 'user', pointer } } } });
    expect(found(to('0'))).toEqual([]);
    expect(found(to('2/nobody'))).toEqual([
      'subject-unreachable /properties/a/propertyNames/treatment/subject/pointer',
    ]);
  });
});

describe('what was decided of keys stays', () => {
  const [clear, treated] = [map({ propertyNames: { notPersonal: 'Codes' } }), map({ propertyNames: pseudonymize })];
  const own = map({ propertyNames: { treatment: { do: 'pseudonymize', subject: { realm: 'user', pointer: '0' } } } });
  const changes = (before: JsonObject, after: JsonObject) =>
    treatmentChanges(schema(before), schema(after)).map(({ pointer, message }) => `${pointer} ${message.slice(0, 60)}`);

  test.each<[string, JsonObject, JsonObject]>([
    ['treated, then clear', treated, clear],
    ['clear, then treated', clear, treated],
    ['treated, then undecided', treated, map()],
    ['undecided, then treated', map(), treated],
    ['treated for somebody else', treated, own],
    ['waived, then undecided', clear, map()],
  ])('%s is refused', (_what, before, after) => {
    expect(changes(before, after)).not.toEqual([]);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['said in another place', treated, { description: 'x', allOf: [map(), { propertyNames: pseudonymize }] }],
    ['dropped with the map', treated, map({ treatment: { do: 'drop', column: 'JSON' } })],
    ['decided at last', map(), clear],
  ])('%s is let pass', (_what, before, after) => {
    expect(changes(before, after)).toEqual([]);
  });
});
