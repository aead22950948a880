import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';

/** A schema of a property, and values that are likely to fit it. */
export interface Sample {
  readonly schema: JsonObject;
  readonly value: fc.Arbitrary<JsonValue>;
}

const texts = fc.oneof(
  fc.constantFrom('', 'a', '😀 ünïcode', 'line\nbreak', '"quoted\\"', '2026-11-24', '42', 'null', "it's", '{"a":1}'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const integers = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 31, 1e15),
  fc.maxSafeInteger(),
);
const floats = fc.oneof(
  fc.constantFrom(0, -0, 0.1, 1e308, -1e308, 5e-324, 2 ** 53 + 2, 123_456_789.123_456_78),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const dateTimes = fc.oneof(
  fc.constantFrom(
    '2026-11-24T08:00:00Z',
    '2026-11-24T08:00:00.123456789+05:30',
    '0001-01-02T00:00:00Z',
    '9999-12-30T23:59:59.999999Z',
    '2016-12-31T23:59:60Z',
    '1969-12-31T23:59:59.999999-11:59',
    '2024-02-29t12:00:00z',
  ),
  fc
    .date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-01-01T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
);
const dates = fc.constantFrom('2026-11-24', '0001-01-01', '9999-12-31', '2024-02-29', '1582-10-10');
const addresses = fc.constantFrom('192.0.2.77', '0.0.0.0', '255.255.255.255');

export const anyJson: fc.Arbitrary<JsonValue> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value): JsonValue => JSON.parse(JSON.stringify(value)));

const sample = (schema: JsonObject, value: fc.Arbitrary<JsonValue>): Sample => ({ schema, value });
const pseudonymize: JsonObject = { do: 'pseudonymize' };

const scalars: readonly Sample[] = [
  sample({ type: 'string' }, texts),
  sample({ type: 'string', format: 'date-time' }, dateTimes),
  sample({ type: 'string', format: 'date' }, dates),
  sample({ type: 'string', format: 'uuid' }, fc.uuid()),
  sample({ type: 'string', minLength: 1, maxLength: 20 }, texts),
  sample({ type: 'integer' }, integers),
  sample({ type: 'integer', minimum: 0, maximum: 100 }, fc.integer({ min: -1, max: 101 })),
  sample({ type: 'number' }, floats),
  sample(
    { type: 'number', multipleOf: 0.5 },
    fc.integer({ min: -9, max: 9 }).map((n) => n / 2),
  ),
  sample({ type: 'boolean' }, fc.boolean()),
  sample({ enum: ['a', 'b', null] }, fc.constantFrom('a', 'b', null)),
  sample({ const: 7 }, fc.constant(7)),
  sample({ type: ['string', 'integer'] }, fc.oneof(texts, integers)),
  sample({ type: ['integer', 'number', 'null'] }, fc.oneof(integers, floats, fc.constant(null))),
  sample({ type: 'string', treatment: pseudonymize }, texts),
  sample({ type: ['integer', 'null'], treatment: pseudonymize }, fc.oneof(integers, fc.constant(null))),
  sample({ type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'user', pointer: '0' } } }, texts),
  sample({ type: 'string', treatment: { do: 'drop' } }, texts),
  sample({ type: 'integer', treatment: { do: 'drop', column: 'INT64' } }, integers),
  sample({ type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } }, addresses),
  sample({ type: 'string', format: 'date-time', treatment: { do: 'truncate', to: 'day' } }, dateTimes),
  sample({ type: 'number', treatment: { do: 'truncate', to: 'grid', gridDegrees: 0.1 } }, floats),
  sample(
    { type: 'object', additionalProperties: { type: 'integer' } },
    fc.dictionary(texts, integers, { noNullPrototype: true }),
  ),
  sample({ type: 'object', additionalProperties: true }, fc.dictionary(texts, anyJson, { noNullPrototype: true })),
  sample(
    { type: 'array', items: { type: ['string', 'null'] } },
    fc.array(fc.oneof(texts, fc.constant(null)), { maxLength: 3 }),
  ),
  sample(
    { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
    fc.array(fc.array(integers, { maxLength: 2 }), { maxLength: 2 }),
  ),
  sample(
    { anyOf: [{ type: 'null' }, { type: 'string', format: 'date-time' }] },
    fc.oneof(dateTimes, fc.constant(null)),
  ),
  sample({ oneOf: [{ type: 'string' }, { type: 'boolean' }] }, fc.oneof(texts, fc.boolean())),
  sample({ allOf: [{ type: 'integer' }, { minimum: 0 }] }, integers),
  sample({ not: { type: 'string' } }, anyJson),
  sample({ $ref: '#/$defs/shared' }, fc.record({ code: texts, at: dateTimes }, { requiredKeys: [] })),
];

/** What `$ref` leads to in every schema. */
export const definitions: JsonObject = {
  shared: {
    type: 'object',
    additionalProperties: true,
    properties: { code: { type: 'string' }, at: { type: 'string', format: 'date-time' } },
  },
};

const names = ['a', 'userId', 'order-no', 'x.y', 'Total', 'from', 'select', 'default', 'end'];

function objectOf(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const properties = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), inner), {
    minLength: 1,
    maxLength: 5,
    selector: ([name]) => name,
  });
  return fc.tuple(properties, fc.boolean(), fc.boolean()).map(([entries, open, requireFirst]) => {
    const [first] = entries;
    const schema: JsonObject = {
      type: 'object',
      additionalProperties: open,
      properties: Object.fromEntries(entries.map(([name, part]) => [name, part.schema])),
      required: requireFirst && first !== undefined ? [first[0]] : [],
    };
    const declared = fc.record(Object.fromEntries(entries.map(([name, part]) => [name, part.value])), {
      requiredKeys: requireFirst && first !== undefined ? [first[0]] : [],
      noNullPrototype: true,
    });
    const undeclared = fc.dictionary(fc.constantFrom('extra', '__proto__x', 'constructor'), anyJson, {
      noNullPrototype: true,
      maxKeys: 2,
    });
    const value = fc
      .tuple(declared, undeclared)
      .map(([data, extra]): JsonValue => (open ? { ...extra, ...data } : data));
    return { schema, value };
  });
}

function listOf(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return inner.map(({ schema, value }) => ({
    schema: { type: 'array', items: schema },
    value: fc.array(value, { maxLength: 3 }),
  }));
}

function optional({ schema, value }: Sample): Sample {
  const { type } = schema;
  if (typeof type !== 'string' || schema['treatment'] !== undefined) return { schema, value };
  return { schema: { ...schema, type: [type, 'null'] }, value: fc.oneof(value, fc.constant(null)) };
}

const scalar = fc.constantFrom(...scalars);
const nested: fc.Arbitrary<Sample> = fc.letrec<{ any: Sample }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: objectOf(tie('any')) },
    { weight: 1, arbitrary: objectOf(tie('any')).map(optional) },
    { weight: 1, arbitrary: listOf(tie('any')) },
  ),
})).any;

/** The data of an event type: an object. */
export const eventDataSample: fc.Arbitrary<Sample> = objectOf(nested);

/** Changes one value somewhere: most changes make the data wrong, and some do not. */
export function mutate(data: JsonValue, path: readonly number[], replacement: JsonValue): JsonValue {
  const [step = 0, ...rest] = path;
  if (rest.length === 0) return replacement;
  if (Array.isArray(data) && data.length > 0) {
    return data.map((item, at) => (at === step % data.length ? mutate(item, rest, replacement) : item));
  }
  if (!isJsonObject(data)) return replacement;
  const keys = Object.keys(data);
  if (keys.length === 0) return replacement;
  const key = keys[step % keys.length];
  return Object.fromEntries(
    Object.entries(data).map(([name, v]) => [name, name === key ? mutate(v, rest, replacement) : v]),
  );
}
