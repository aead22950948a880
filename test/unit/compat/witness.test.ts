import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { compileSchema } from '../../../shared/event-types/validator.ts';
import { compareSchemas } from '../../../shared/schema-language/compat/compare.ts';
import { checkRevision } from '../../../shared/schema-language/revision-change.ts';
import { propertySeed } from '../../helpers/property-seed.ts';
import { schemaPair } from '../../helpers/schema-pairs.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

describe('the smallest value that is lost', () => {
  const text = { type: 'string' };
  const closed = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
  test.each<[string, JsonObject, JsonObject, JsonValue]>([
    ['a type', {}, { type: ['object', 'array', 'string', 'number', 'boolean'] }, null],
    ['a listed value', { enum: ['a', 'b'] }, { enum: ['b'] }, 'a'],
    ['beyond a bound', { type: 'integer', maximum: 9 }, { type: 'integer', maximum: 8 }, 9],
    ['between multiples', { type: 'number' }, { type: 'number', multipleOf: 0.5 }, 0.1],
    ['a longer text', { ...text, maxLength: 5 }, { ...text, maxLength: 4 }, 'aaaaa'],
    ['of a pattern', { ...text, pattern: '^[a-z]{2}\\d$' }, { ...text, pattern: '^a' }, '-'],
    ['of a format', text, { ...text, format: 'date' }, ''],
    ['a required property', closed({ a: text }), { ...closed({ a: text }), required: ['a'] }, {}],
    ['a property that is gone', closed({ a: text, b: text }), closed({ b: text }), { a: '' }],
    [
      'deep below',
      closed({ a: { type: 'array', items: closed({ b: { type: 'integer' } }) } }),
      closed({ a: { type: 'array', items: closed({ b: { type: 'integer', minimum: 0 } }) } }),
      { a: [{ b: -1 }] },
    ],
    ['an item more', { type: 'array', maxItems: 3 }, { type: 'array', maxItems: 2 }, [null, null, null]],
    ['an item twice', { type: 'array' }, { type: 'array', uniqueItems: true }, [null, null]],
    ['what has to be among the items', { type: 'array' }, { type: 'array', contains: text }, []],
    ['a name of a pattern', { type: 'object' }, { type: 'object', patternProperties: { '^x_': text } }, { x_: null }],
    ['a name', { type: 'object' }, { type: 'object', propertyNames: { maxLength: 2 } }, { other: null }],
    [
      'together',
      { type: 'object', properties: { a: text } },
      { type: 'object', if: { not: { required: ['a'] } }, else: { required: ['b'] } },
      { a: '' },
    ],
    [
      'what no schema speaks of',
      { type: 'object' },
      { type: 'object', allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { x: null },
    ],
  ])('%s', (_what, old, next, expected) => {
    const { compatible, witness } = compareSchemas(old, next, { witness: true, formats: 'assertion' });
    expect(compatible).toBe(false);
    if (typeof expected === 'string' && expected === '-') expect(String(witness)).toMatch(/^[b-z][a-z]\d$/);
    else expect(witness).toEqual(expected);
  });

  test('there is none where nothing is lost, and none is looked for unless asked', () => {
    expect(compareSchemas({}, {}, { witness: true })).not.toHaveProperty('witness');
    expect(compareSchemas({}, text)).not.toHaveProperty('witness');
  });

  test('formats that nobody checks show nothing', () => {
    const { compatible, witness } = compareSchemas(text, { ...text, format: 'date' }, { witness: true });
    expect([compatible, witness]).toEqual([true, undefined]);
  });

  test('stands in the message of a revision that is refused, once', () => {
    const document = (properties: JsonObject) => eventSchema(schemaDocument({ properties }));
    const [a, b, c] = [{ type: 'integer' }, { type: 'integer', minimum: 1 }, { type: 'integer', minimum: 2 }];
    const problems = checkRevision(document({ x: a, y: a }), document({ x: b, y: c }));
    expect(problems.map(({ message }) => message.includes('for example {"x":0} is accepted now'))).toEqual([
      true,
      false,
    ]);
  });
});

/** Pairs that are tried: more on request (EDI_PROPERTY_WITNESSES), some hundreds in every run. */
const pairs = Number(process.env['EDI_PROPERTY_WITNESSES'] ?? 600);

function validatorOf(schema: JsonValue): (value: JsonValue) => boolean {
  const validate = isJsonObject(schema) ? compileSchema(schema, { strict: false }) : () => schema !== false;
  return (value) => validate(value) === true;
}

test(`${pairs} pairs of schemas: an example is what it says, and most refusals have one`, {
  timeout: 7_200_000,
}, () => {
  const counts = { breaking: 0, undecided: 0, shown: 0 };
  fc.assert(
    fc.property(schemaPair, ({ old, next }) => {
      const { compatible, undecided, witness } = compareSchemas(old, next, { witness: true, formats: 'assertion' });
      if (compatible) expect(witness).toBeUndefined();
      if (compatible) return;
      counts[undecided ? 'undecided' : 'breaking']++;
      if (witness === undefined) {
        if (process.env['EDI_WITNESS_DEBUG'] && !undecided) process.stdout.write(`${JSON.stringify({ old, next })}\n`);
        return;
      }
      counts.shown++;
      expect([validatorOf(old)(witness), validatorOf(next)(witness)]).toEqual([true, false]);
    }),
    { numRuns: pairs, seed: propertySeed },
  );
  process.stdout.write(`${JSON.stringify({ pairs, ...counts })}\n`);
  expect(counts.shown).toBeGreaterThan(counts.breaking * 0.9);
});
