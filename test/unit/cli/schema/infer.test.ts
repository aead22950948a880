import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleOf } from '../../../../infra/cli/schema/infer/example.ts';
import { inferSchema } from '../../../../infra/cli/schema/infer/infer.ts';
import { shapeOfAll } from '../../../../infra/cli/schema/infer/shape.ts';
import type { JsonObject, JsonValue } from '../../../../shared/event/json.ts';
import { compileValidator } from '../../../../shared/event-types/validator.ts';

function infer(events: readonly JsonObject[]) {
  const shape = shapeOfAll(events);
  if ('notAnObject' in shape) throw new Error('an object is none');
  return inferSchema(shape);
}

/** The schema of the only property of events. */
function inferProperty(name: string, values: readonly JsonValue[]): JsonValue | undefined {
  const { properties } = infer(values.map((value) => ({ [name]: value }))).schema;
  return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
    ? properties[name]
    : undefined;
}

const described = (node: JsonObject): JsonObject => ({ description: '', ...node });

describe('a value', () => {
  test.each<[string, JsonValue[], JsonObject]>([
    ['integer', [1, 2], { type: 'integer' }],
    ['number', [1, 2.5], { type: 'number' }],
    ['an integer beyond 2^53 is a number', [2 ** 60], { type: 'number' }],
    ['nullable', ['x', null], { type: ['string', 'null'] }],
    ['only null', [null], { type: ['string', 'null'] }],
    ['date-time', ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05.123+02:00'], { type: 'string', format: 'date-time' }],
    ['date', ['2024-01-02'], { type: 'string', format: 'date' }],
    ['uuid', ['3f2b8c1e-7a4d-4e5f-9b6a-0c1d2e3f4a5b'], { type: 'string', format: 'uuid' }],
    ['formats that not all have', ['2024-01-02', 'soon'], { type: 'string' }],
    ['several types', ['x', 1, null], { type: ['string', 'integer', 'null'] }],
    ['list', [[1], [], [2, null]], { type: 'array', items: { type: ['integer', 'null'] } }],
    ['empty lists', [[]], { type: 'array', items: { type: 'string' } }],
  ])('%s', (_what, values, node) => {
    expect(inferProperty('a', values)).toEqual(described(node));
  });

  test('an object: required is what all of them have', () => {
    expect(inferProperty('a', [{ b: 1, c: 'x' }, { b: 2 }, null])).toEqual({
      description: '',
      type: ['object', 'null'],
      additionalProperties: false,
      required: ['b'],
      properties: { b: described({ type: 'integer' }), c: described({ type: 'string' }) },
    });
  });

  test.each<[string, JsonObject[]]>([
    ['keys that are numbers', [{ 17: 1, 18: 2, 250: 3 }]],
    ['many keys, each in few', Array.from({ length: 20 }, (_, i): JsonObject => ({ [`key${i}`]: i }))],
  ])('a map: %s', (_what, values) => {
    expect(inferProperty('a', values)).toEqual(
      described({
        type: 'object',
        additionalProperties: { type: 'integer' },
        propertyNames: { treatment: { do: 'decide' } },
      }),
    );
  });

  test('what may be an object of any keys, too, waits for a decision about them', () => {
    expect(inferProperty('a', ['x', { b: 1 }])).toEqual(
      described({ type: ['string', 'object'], propertyNames: { treatment: { do: 'decide' } } }),
    );
  });

  test.each<[string, JsonValue, JsonObject]>([
    ['email', 'x', { type: 'string', treatment: { do: 'decide' } }],
    ['contact', 'a@example.com', { type: 'string', format: 'email', treatment: { do: 'decide' } }],
    ['logins', ['x'], { type: 'array', items: { type: 'string', treatment: { do: 'decide' } } }],
    ['email', true, { type: 'boolean' }],
  ])('what looks personal waits for a decision: %s', (name, value, node) => {
    expect(inferProperty(name, [value])).toEqual(described(node));
  });
});

const names = fc.constantFrom('a', 'b', 'user_email', 'ip', 'count', 'created at', '1', '2', '3');
const values: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue[]>(
      null,
      true,
      1,
      -1.5,
      1e300,
      'text',
      '',
      '2024-01-02',
      '2024-01-02T03:04:05Z',
      '192.0.2.1',
      '::1',
      '999.1.1.1',
      'x@y.z',
      'https://e.x/',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const events = fc.array(fc.dictionary(names, values, { maxKeys: 5 }), { minLength: 1, maxLength: 6 });

/** Without what waits for a decision, as if all of it were dropped. */
function decided(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(decided);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, key === 'treatment' ? { do: 'drop' } : decided(entry)]),
  );
}

test('the schema accepts every event that it was inferred from, and its own example', () => {
  fc.assert(
    fc.property(events, (seen) => {
      const { schema } = infer(seen);
      const document = decided(schema);
      if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Error('no schema');
      const validate = compileValidator(document);
      for (const event of seen) expect(validate(event)).toBeUndefined();
      expect(validate(exampleOf(document))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('an example has what the schema declares anywhere', () => {
  const count: JsonObject = { type: 'object', properties: { count: { type: 'integer' } } };
  const schema: JsonObject = {
    type: 'object',
    properties: { a: { allOf: [{ $ref: '#/$defs/count' }] } },
    $defs: { count },
  };
  expect(
    exampleOf({ ...schema, allOf: [{ properties: { b: { anyOf: [{ type: 'null' }, { type: 'number' }] } } }] }),
  ).toEqual({
    a: { count: 1 },
    b: 1.5,
  });
});

test('the example holds nothing of the events', () => {
  const { schema } = infer([
    { secret: 'hunter2', list: ['hunter2'], map: { 1: 'hunter2', 2: 'hunter2', 3: 'hunter2' } },
  ]);
  expect(JSON.stringify(exampleOf(schema))).not.toContain('hunter2');
});

test('an event that is no object is told by its index', () => {
  expect(shapeOfAll([{}, [], 1])).toEqual({ notAnObject: 1 });
});

describe('16: no value of an event is in schema, notes or example', () => {
  const keys = [
    'alice@example.com',
    'Alice Example',
    '4711',
    '0190c1f0-1234-7000-8000-00000000000a',
    'd41d8cd98f00b204e9800998ecf8427e',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '2026-01-01',
    '+49 30 123456',
    'customer-123456',
    '192.0.2.17',
    'x'.repeat(65),
  ];

  test.each(keys)('a key such as %s makes a map of one event already, at any depth', (key) => {
    const secret = 'Zaphod Beeblebrox';
    for (const data of [
      { scores: { [key]: 5 } },
      { scores: { ordinary: 1, [key]: 5 } },
      { list: [{ by: { [key]: { name: secret } } }] },
      { [key]: secret, ordinary: secret },
    ]) {
      const { schema, notes } = infer([data]);
      const written = JSON.stringify([schema, notes, exampleOf(schema)]);
      expect(written).not.toContain(key);
      expect(written).not.toContain(secret);
      expect(notes.length).toBeGreaterThan(0);
    }
  });

  test('names that may be keys are asked about', () => {
    const { notes } = infer([{ scores: { alice: 5, bob: 7 } }]);
    expect(notes).toContainEqual({ pointer: '/properties/scores', message: expect.stringContaining('names keys') });
  });

  test('names are names', () => {
    const { schema, notes } = infer([
      { reactions: { '+1': 0, '-1': 1, total_count: 1, url: 'x' }, 'a-b': { größe: 1 } },
    ]);
    expect(Object.keys(Object(schema['properties']))).toEqual(['reactions', 'a-b']);
    expect(notes).toEqual([]);
  });
});
