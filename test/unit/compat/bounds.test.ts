import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { compareSchemas } from '../../../shared/schema-language/compat/compare.ts';

const own = { formats: 'assertion', integers: 'safe' } as const;

/** 2^levels schemas in some KB: each definition refers to the next one twice. */
function doubled(levels: number, leaf: JsonValue, pair: (next: JsonObject) => JsonObject): JsonObject {
  const $defs: JsonObject = { [`d${levels}`]: leaf };
  for (let level = 0; level < levels; level++) $defs[`d${level}`] = pair({ $ref: `#/$defs/d${level + 1}` });
  return { $ref: '#/$defs/d0', $defs };
}

const chain = (length: number, leaf: JsonObject): JsonObject => {
  const definitions = Array.from({ length }, (_, i) => [`d${i}`, { $ref: `#/$defs/d${i + 1}` }]);
  return { $ref: '#/$defs/d0', $defs: Object.fromEntries([...definitions, [`d${length}`, leaf]]) };
};

test.each<[string, JsonValue, JsonValue, boolean]>([
  ['integers up to 2^53', { minimum: 0, maximum: 2 ** 53 - 1 }, { minimum: 0, exclusiveMaximum: 2 ** 53 }, true],
  ['integers around 2^53', { minimum: 2 ** 53 - 2, maximum: 2 ** 53 + 4 }, { maximum: 2 ** 53 + 2 }, false],
  ['huge multiples', { multipleOf: 1e300, minimum: 1e300, maximum: 1e301 }, { multipleOf: 5e299 }, true],
  ['tiny multiples', { multipleOf: 1e-300, minimum: -1e300, maximum: 1e300 }, { multipleOf: 7e-301 }, false],
  ['an exact multiple', { multipleOf: 0.01 }, { multipleOf: 0.001 }, true],
])('%s end, and are decided', (_what, old, next, compatible) => {
  const typed = (rules: JsonValue) => ({ type: 'number', ...Object(rules) });
  expect(compareSchemas(typed(old), typed(next))).toMatchObject({ compatible, undecided: false });
});

test.each<[string, JsonValue, JsonValue]>([
  ['allOf', doubled(38, { type: 'string' }, (d) => ({ allOf: [d, d] })), { type: 'string', maxLength: 5 }],
  ['a value asked of oneOf', { enum: [1, 'a'] }, doubled(38, { type: 'integer' }, (d) => ({ oneOf: [d, d] }))],
  ['a chain of references', chain(2_400, { type: 'string' }), chain(2_400, { type: 'integer' })],
])('what grows without end is not compatible: %s', (_what, old, next) => {
  expect(compareSchemas(old, next, { ...own, maxSteps: 2_000 })).toMatchObject({ compatible: false });
});

const leaf = (type: JsonValue): JsonObject => ({ properties: { a: { type } } });

test('under unevaluatedProperties, doubled references cost no more than once', () => {
  const closed = (type: JsonValue) => ({
    ...doubled(38, leaf(type), (d) => ({ allOf: [d, d] })),
    type: 'object',
    unevaluatedProperties: false,
  });
  const [narrow, wide] = [closed('string'), closed(['string', 'null'])];
  expect(compareSchemas(narrow, wide, own)).toMatchObject({ compatible: true });
  expect(compareSchemas(wide, narrow, own)).toMatchObject({ compatible: false });
});

test.each<[string, (next: JsonObject) => JsonObject]>([
  ['anyOf', (d) => ({ anyOf: [d, d] })],
  ['a part of another part', (d) => ({ allOf: [d, { allOf: [d, { required: ['a'] }] }] })],
  ['a reference beside allOf', (d) => ({ ...d, allOf: [d] })],
])('under unevaluatedProperties, what doubles in alternatives is decided or not, and ends: %s', (_what, pair) => {
  const closed = (type: JsonValue) => ({
    ...doubled(38, leaf(type), pair),
    type: 'object',
    unevaluatedProperties: false,
  });
  expect(compareSchemas(closed(['string', 'null']), closed('string'), own)).toMatchObject({ compatible: false });
});

test.each<[string, JsonValue, JsonValue, boolean]>([
  ['a whole number that is no integer at ingest', { type: 'number', multipleOf: 1 }, { type: 'integer' }, false],
  ['an integer is one of the safe ones', { type: 'integer' }, { type: 'number', maximum: 2 ** 53 - 1 }, true],
  ['an integer beside numbers is any', { type: ['integer', 'number'] }, { type: 'number', maximum: 2 ** 53 }, false],
])('integers as ingest has them: %s', (_what, old, next, compatible) => {
  expect(compareSchemas(old, next, own)).toMatchObject({ compatible, undecided: false });
});

test('a uri is a uri-reference', () => {
  const [uri, reference] = ['uri', 'uri-reference'].map((format) => ({ type: 'string', format }));
  expect(compareSchemas(uri ?? null, reference ?? null, own).compatible).toBe(true);
  expect(compareSchemas(reference ?? null, uri ?? null, own).compatible).toBe(false);
});
