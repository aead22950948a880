import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { readEventSchema } from '../../shared/event-types/event-schema.ts';
import { schemaDocument } from './schemas.ts';

/** Property names: some are changed by snake_case, some mean something to JavaScript, SQL or JSON Pointers. */
export const payloadNames = [
  'a',
  'b',
  'userId',
  'HTTPServer',
  'item count',
  'x.y',
  'c/d',
  'select',
  'constructor',
  'toString',
  '__PROTO__',
  '_x',
  'data',
] as const;

const texts = ['', 'a', 'ab', 'x_a', '7', 'null', '{}', 'ÅÄÖ', '😀', 'l\n"\\', '\u0000', "'; --", '2026-11-24'];
const numbers = [-90, -1, -0, 0, 0.1, 1, 1.5, 2, 7, 100, 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1, 1e300];
const payloadFormats = ['date-time', 'date', 'uuid', 'ipv4', 'ipv6', 'email', 'uri', 'hostname'] as const;

type Schemas = fc.Arbitrary<JsonObject>;

const entry = (keyword: string, value: fc.Arbitrary<JsonValue>): Schemas => value.map((made) => ({ [keyword]: made }));
const some = (part: Schemas): Schemas =>
  fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: part });
const joined = (...parts: Schemas[]): Schemas => fc.tuple(...parts).map((made) => Object.assign({}, ...made));
const is = (value: JsonValue): fc.Arbitrary<JsonValue> => fc.constant(value);
const size = fc.integer({ min: 0, max: 3 });
const name = fc.constantFrom<string>(...payloadNames);
const scalar = fc.constantFrom<JsonValue>(null, true, false, ...texts, ...numbers);

const text = joined(
  entry('type', is('string')),
  some(entry('minLength', size)),
  some(entry('maxLength', fc.integer({ min: 2, max: 40 }))),
  some(entry('pattern', fc.constantFrom('^[a-z0-9]', '^.*$', 'a|b|2'))),
  some(entry('format', fc.constantFrom(...payloadFormats))),
);
const time = joined(entry('type', is('string')), entry('format', fc.constantFrom('date-time', 'date')));
const number = joined(
  entry('type', fc.constantFrom('number', 'integer')),
  some(entry('minimum', fc.constantFrom(-1e308, -(2 ** 53) + 1, -1, 0, 0.5))),
  some(entry('maximum', fc.constantFrom(1, 100, 2 ** 53 - 1, 1e308))),
  some(entry('exclusiveMinimum', fc.constantFrom(-2, 0))),
  some(entry('exclusiveMaximum', fc.constantFrom(10, 2 ** 53))),
  some(entry('multipleOf', fc.constantFrom(0.5, 1, 2))),
);
const severalTypes = entry(
  'type',
  fc.uniqueArray(fc.constantFrom('null', 'boolean', 'number', 'integer', 'string', 'array', 'object'), {
    minLength: 1,
    maxLength: 3,
  }),
);
const listed = fc.oneof(
  entry('enum', fc.uniqueArray(scalar, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) })),
  entry('enum', fc.constantFrom<JsonValue>(['a', 'ab'], ['a', null], [1, 2], [1, 1.5], [[1], { a: 1 }])),
  entry('const', fc.oneof(scalar, fc.constantFrom<JsonValue>([], { a: [null] }))),
);

const subject = fc.constantFrom<JsonObject>(
  {},
  { subject: { realm: 'user', pointer: '0' } },
  { subject: { realm: 'user', pointer: '1/a' } },
  { subject: { realm: 'member', pointer: '/userId' } },
  { subject: { realm: 'member', pointer: '/c~1d/a' } },
  { subject: { realm: 'member', pointer: '/b/0' } },
);
const treatedAs = (node: JsonObject, treatments: fc.Arbitrary<JsonObject>): Schemas =>
  fc.tuple(treatments, subject).map(([how, whose]) => ({
    ...node,
    treatment: how['do'] === 'drop' ? how : { ...how, ...whose },
  }));
const pseudonymize = fc.constant<JsonObject>({ do: 'pseudonymize' });
const grid = fc.constantFrom(0.1, 1, 5).map((gridDegrees): JsonObject => ({ do: 'truncate', to: 'grid', gridDegrees }));
const drop = fc.constantFrom<JsonObject>(
  { do: 'drop' },
  ...['STRING', 'INT64', 'FLOAT64', 'BOOL', 'TIMESTAMP', 'DATE', 'JSON'].map((column) => ({ do: 'drop', column })),
);
const treated: Schemas = fc.oneof(
  treatedAs({ type: 'string' }, pseudonymize),
  treatedAs({ type: ['integer', 'string', 'null'] }, pseudonymize),
  treatedAs({ anyOf: [{ type: 'integer' }, { type: 'null' }] }, pseudonymize),
  treatedAs({ $ref: '#/$defs/word' }, pseudonymize),
  treatedAs({ type: 'string', format: 'ipv4' }, fc.constant({ do: 'truncate', to: 'network' })),
  treatedAs({ type: ['string', 'null'], format: 'ipv6' }, fc.constant({ do: 'truncate', to: 'network' })),
  treatedAs(
    {
      anyOf: [
        { type: 'string', format: 'ipv4' },
        { type: 'string', format: 'ipv6' },
      ],
    },
    fc.constant({ do: 'truncate', to: 'network' }),
  ),
  treatedAs(
    { type: 'string', format: 'date-time' },
    fc.constantFrom({ do: 'truncate', to: 'day' }, { do: 'truncate', to: 'hour' }),
  ),
  treatedAs({ type: ['number', 'boolean', 'null'] }, pseudonymize),
  treatedAs({ type: 'object', additionalProperties: { type: 'integer' } }, pseudonymize),
  treatedAs({ type: 'array', items: { type: ['string', 'null'] } }, pseudonymize),
  treatedAs({ type: 'number' }, grid),
  treatedAs({ type: ['integer', 'null'] }, grid),
  treatedAs({ type: ['object', 'string', 'array'] }, drop),
  treatedAs({ type: 'integer' }, drop),
);

const leaf: Schemas = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 3, arbitrary: time },
  { weight: 4, arbitrary: number },
  { weight: 2, arbitrary: entry('type', is('boolean')) },
  { weight: 2, arbitrary: severalTypes },
  { weight: 3, arbitrary: listed },
  { weight: 4, arbitrary: treated },
  { weight: 2, arbitrary: entry('$ref', fc.constantFrom('#/$defs/word', '#/$defs/a~1b', '#/$defs/list')) },
);

/** Null beside a schema, in one of the ways to say it. */
function nullable(part: Schemas): Schemas {
  return fc.tuple(part, fc.constantFrom('type', 'anyOf', 'oneOf')).map(([node, way]): JsonObject => {
    const { type, treatment, ...rest } = node;
    if (way === 'type' && typeof type === 'string') return { ...node, type: [type, 'null'] };
    const inner = { ...rest, ...(type === undefined ? {} : { type }) };
    return { [way === 'type' ? 'anyOf' : way]: [inner, { type: 'null' }], ...(treatment ? { treatment } : {}) };
  });
}

function named(part: Schemas, sizes: { minLength?: number; maxLength: number }): fc.Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.tuple(name, part), { ...sizes, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries));
}

function record(part: Schemas): Schemas {
  const open = fc.oneof<fc.Arbitrary<JsonValue>[]>(fc.boolean(), fc.boolean(), part);
  return joined(
    entry('type', is('object')),
    entry('properties', named(part, { minLength: 1, maxLength: 4 })),
    fc.oneof(entry('additionalProperties', open), some(entry('unevaluatedProperties', open))),
    some(entry('required', fc.uniqueArray(name, { minLength: 1, maxLength: 2 }))),
    some(entry('patternProperties', patterns(part))),
    some(entry('minProperties', fc.constant(1))),
    some(entry('maxProperties', fc.constant(5))),
    some(entry('propertyNames', is({ maxLength: 12 }))),
    some(entry('dependentRequired', is({ a: ['b'] }))),
    some(
      entry(
        'dependentSchemas',
        fc.tuple(name, name, part).map(([on, key, made]) => ({ [on]: { properties: { [key]: made } } })),
      ),
    ),
  );
}

function array(part: Schemas): Schemas {
  return joined(
    entry('type', is('array')),
    fc.oneof(
      { weight: 6, arbitrary: entry('items', part) },
      {
        weight: 1,
        arbitrary: joined(
          some(entry('items', part)),
          entry('prefixItems', fc.array(part, { minLength: 1, maxLength: 2 })),
        ),
      },
      // Not beside `prefixItems`: ajv 8 refuses empty arrays there that it should accept.
      {
        weight: 1,
        arbitrary: joined(
          some(entry('items', part)),
          entry('contains', part),
          fc.oneof(
            fc.constant({}),
            fc.constantFrom<JsonObject>({ minContains: 0, maxContains: 2 }, { minContains: 2 }),
          ),
        ),
      },
    ),
    some(entry('minItems', fc.constantFrom(0, 1))),
    some(entry('maxItems', fc.constantFrom(2, 4))),
    some(entry('uniqueItems', fc.boolean())),
  );
}

/** Names like `x.y`, declared or not. */
function patterns(part: Schemas): Schemas {
  return part.map((made) => ({ '^x': made }));
}

/** Alternatives and conditions: of any schemas, of objects, and beside declared properties. */
function combined(part: Schemas): Schemas {
  const branches = (of: Schemas) => fc.array(of, { minLength: 1, maxLength: 3 });
  const properties = joined(
    entry('properties', named(part, { maxLength: 2 })),
    some(entry('additionalProperties', fc.boolean())),
    some(entry('unevaluatedProperties', fc.oneof(fc.boolean(), leaf))),
    some(entry('patternProperties', patterns(leaf))),
    some(entry('required', fc.uniqueArray(name, { minLength: 1, maxLength: 1 }))),
    some(
      entry(
        'allOf',
        fc
          .oneof(patterns(leaf), named(leaf, { maxLength: 2 }))
          .map((made) => ['^x' in made ? { patternProperties: made } : { properties: made }]),
      ),
    ),
  );
  const choice = (of: Schemas) =>
    fc.oneof(entry('anyOf', branches(of)), entry('oneOf', branches(of)), entry('allOf', branches(of)));
  return fc.oneof(
    choice(part),
    joined(fc.oneof(text, number), choice(fc.oneof(time, number, listed))),
    joined(entry('type', is('object')), choice(properties)),
    joined(record(part), choice(properties)),
    joined(
      record(part),
      entry('if', properties),
      fc.oneof(
        entry('then', properties),
        entry('else', properties),
        joined(entry('then', properties), entry('else', properties)),
      ),
    ),
    joined(part, entry('not', leaf)),
  );
}

function schemas(depth: number): Schemas {
  if (depth === 0) return leaf;
  const part = schemas(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 2, arbitrary: nullable(part) },
    { weight: 4, arbitrary: record(part) },
    { weight: 4, arbitrary: array(part) },
    { weight: 1, arbitrary: joined(entry('type', is('object')), some(entry('additionalProperties', part))) },
    { weight: 3, arbitrary: combined(part) },
  );
}

const definitions: JsonObject = {
  word: { type: 'string', maxLength: 40 },
  'a/b': {
    type: 'object',
    properties: { a: { type: 'integer' }, 'c/d': { type: 'string' } },
    additionalProperties: false,
  },
  list: { type: 'object', properties: { a: { $ref: '#/$defs/list' } }, additionalProperties: true },
};

function isReadable(document: JsonObject): boolean {
  return readEventSchema(document).kind === 'schema';
}

const part = schemas(2);
/** What stands beside the properties at the top. */
const topmost: Schemas = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: combined(part).map(({ type: _t, properties: _p, additionalProperties: _a, ...rest }) => rest),
  },
);

/**
 * Schemas of event types as `readEventSchema` takes them. Properties that it refuses (treatments inside what becomes
 * JSON) are left out one by one, so that few documents are lost.
 */
export const payloadSchema: fc.Arbitrary<JsonObject> = fc
  .tuple(named(part, { minLength: 1, maxLength: 6 }), fc.boolean(), topmost)
  .map(([candidates, open, beside]) => {
    const make = (properties: JsonObject) => schemaDocument({ properties, open, $defs: definitions });
    const good = Object.entries(candidates).filter(([key, node]) => isReadable(make({ [key]: node })));
    const plain = make(Object.fromEntries(good));
    const whole = { ...plain, ...beside };
    return isReadable(whole) ? whole : plain;
  })
  .filter(isReadable);
