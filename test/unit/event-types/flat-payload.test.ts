import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { flatPayload, projectFlat } from '../../../shared/event-types/flat-payload.ts';
import { MappingMismatch, projectPayload } from '../../../shared/event-types/project.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const text = { type: 'string' };
const pseudonymize = (more: JsonObject = {}): JsonObject => ({ treatment: { do: 'pseudonymize', ...more } });
const properties: JsonObject = {
  who: { ...text, ...pseudonymize() },
  text,
  constructor: text,
  at: { type: 'string', format: 'date-time' },
  on: { type: 'string', format: 'date' },
  count: { type: 'integer' },
  ratio: { type: 'number' },
  flag: { type: 'boolean' },
  anything: {},
  padded: { type: ['string', 'integer'], ...pseudonymize({ pad: 16 }) },
  whole: { type: ['string', 'object'], ...pseudonymize() },
  gone: { ...text, treatment: { do: 'drop' } },
};
const payloadOf = (more: JsonObject = {}) =>
  eventSchema(schemaDocument({ properties: { ...properties, ...more }, open: true })).payload;

const strings = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\n', 'é', '\ud800', '\u2028', '😀'),
);
const anyValue: fc.Arbitrary<JsonValue> = fc.json().map((json) => JSON.parse(json));
const data = fc.record(
  {
    who: fc.option(strings),
    text: fc.option(strings),
    constructor: fc.option(strings),
    at: fc.constantFrom('2026-05-06T01:00:00+02:00', 'yesterday', null),
    on: fc.constant('2026-05-07'),
    count: fc.oneof(fc.integer(), fc.constantFrom(-0, 2 ** 53 - 1, 1.5)),
    ratio: fc.double({ noNaN: true }),
    flag: fc.boolean(),
    anything: anyValue,
    padded: fc.oneof(strings, fc.integer()),
    whole: fc.oneof(strings, fc.dictionary(fc.string(), anyValue)),
    gone: strings,
    unknown: anyValue,
  },
  { requiredKeys: [] },
);

/** The text and its counts, or that it is a mismatch. */
function outcomeOf(project: () => readonly [text: string, undeclared: number]) {
  try {
    return project();
  } catch (error) {
    expect(error).toBeInstanceOf(MappingMismatch);
    return 'mismatch';
  }
}

test('a flat payload is written as the JSON of its projection, byte for byte', () => {
  const payload = payloadOf();
  const flat = flatPayload(payload);
  expect(flatPayload(payload)).toBe(flat);
  let rows = 0;
  fc.assert(
    fc.property(data, (event: JsonObject) => {
      const ciphertext = (plaintext = '') => Buffer.from(plaintext).toString('base64');
      const asText = outcomeOf(() => {
        if (flat === undefined) throw new Error('it is flat');
        const { text: members, personal, undeclaredCount } = projectFlat(flat, event);
        const closed = personal.map(({ begin, plaintext }) => `${begin}${ciphertext(plaintext)}"`);
        rows++;
        return [`{${members}${closed.join('')}}`, undeclaredCount];
      });
      const asObject = outcomeOf(() => {
        const { row, personalValues, undeclaredCount } = projectPayload(payload, event, { realm: 'r', subject: 's' });
        for (const { plaintext, settle } of personalValues) settle(ciphertext(plaintext));
        return [JSON.stringify(row), undeclaredCount];
      });
      expect(asText).toEqual(asObject);
    }),
    { numRuns: 1_000 },
  );
  expect(rows).toBeGreaterThan(300);
});

test.each<[string, JsonObject]>([
  ['a list', { more: { type: 'array', items: text } }],
  ['an object', { more: { type: 'object', properties: { a: text } } }],
  [
    'a value of somebody else',
    { more: { ...text, ...pseudonymize({ subject: { realm: 'user', pointer: '/text' } }) } },
  ],
  ['a value that is cut', { more: { ...text, format: 'ipv4', treatment: { do: 'truncate', to: 'network' } } }],
  ['a token', { more: { ...text, treatment: { do: 'tokenize', realm: 'customer', domain: 'hosts' } } }],
  ['treated keys', { more: { type: 'object', additionalProperties: {}, propertyNames: pseudonymize() } }],
])('with %s it is not flat', (_what, more) => {
  expect(flatPayload(payloadOf(more))).toBeUndefined();
});
