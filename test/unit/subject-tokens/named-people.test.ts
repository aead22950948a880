import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { MappingMismatch, projectPayload } from '../../../shared/event-types/project.ts';
import { namedPeople } from '../../../shared/subject-tokens/named-people.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const of = (realm: string, pointer: string, more: JsonObject = { do: 'pseudonymize' }) => ({
  ...more,
  subject: { realm, pointer },
});
const text = (treatment: JsonObject): JsonObject => ({ type: ['string', 'integer'], treatment });

const schema = eventSchema(
  schemaDocument({
    properties: {
      id: text(of('member', '0')),
      own: text({ do: 'pseudonymize' }),
      author: {
        type: 'object',
        additionalProperties: false,
        properties: {
          id: text(of('member', '0')),
          login: text(of('member', '1/id')),
          gone: text({ do: 'drop' }),
          at: { type: 'string', format: 'date-time', treatment: of('visitor', '/id', { do: 'truncate', to: 'day' }) },
        },
      },
      friends: { type: 'array', items: text(of('member', '0')) },
      lines: {
        type: 'array',
        items: { type: 'object', additionalProperties: false, properties: { of: text(of('visitor', '2/0/of')) } },
      },
      scores: {
        type: 'object',
        additionalProperties: { type: 'integer' },
        propertyNames: { treatment: of('member', '0') },
      },
    },
  }),
);

const both = new Set(['member', 'visitor']);
const people = (data: JsonObject, realms = both, subject?: string) =>
  namedPeople(schema, { data, ...(subject === undefined ? {} : { subject }) }, realms);

describe('an event names', () => {
  test.each<[string, JsonObject, string[]]>([
    ['nobody', { own: 'x', author: { gone: 'x' } }, []],
    ['who a value is about', { id: 'm-1' }, ['member m-1 /data/id']],
    ['numbers as their text', { id: 7 }, ['member 7 /data/id']],
    ['who stands beside a value', { author: { id: 'm-2', login: 'x' } }, ['member m-2 /data/author/id']],
    ['nobody where nobody stands', { author: { login: 'x' } }, []],
    [
      'everybody in a list, each once',
      { friends: ['a', 'b', 'a'] },
      ['member a /data/friends', 'member b /data/friends'],
    ],
    [
      'who truncated values are about',
      { id: 'm', author: { at: 'x' } },
      ['member m /data/id', 'visitor m /data/author/at'],
    ],
    ['keys of a map', { scores: { a: 1, b: 2 } }, ['member a /data/scores', 'member b /data/scores']],
    ['people of items by another one', { lines: [{ of: 'v' }, { of: 'w' }] }, ['visitor v /data/lines/of']],
  ])('%s', (_, data, expected) => {
    expect(people(data).map(({ realm, subject, path }) => `${realm} ${subject} ${path}`)).toEqual(expected);
  });

  test('its subject, in the realm of its type, and only people of the realms that are asked for', () => {
    expect(people({}, new Set(['customer']), 'c-1')).toEqual([{ realm: 'customer', subject: 'c-1', path: '/subject' }]);
    expect(people({ id: 'm-1' }, both, 'c-1').map(({ realm }) => realm)).toEqual(['member']);
    expect(people({ id: 'm-1', author: { at: 'x' } }, new Set(['visitor'])).map(({ realm }) => realm)).toEqual([
      'visitor',
    ]);
  });
});

test('whoever a row would be about is named, and of what no row can be made nothing throws', () => {
  const leaf = fc.constantFrom<JsonValue>('a', 'b', 3, null, '', '2026-01-01T00:00:00Z', 1.5, true);
  const value: fc.Arbitrary<JsonValue> = fc.oneof(
    leaf,
    fc.array(leaf),
    fc.dictionary(fc.constantFrom('id', 'of', 'login', 'x'), leaf),
  );
  const name = fc.constantFrom<JsonValue>('a', 'b', 'c', 3, 7);
  const mostly = (fitting: fc.Arbitrary<JsonValue>) =>
    fc.oneof({ weight: 9, arbitrary: fitting }, { weight: 1, arbitrary: value });
  const author = { id: name, login: name, at: fc.constant<JsonValue>('2026-01-01T00:00:00Z') };
  const data = fc.record<JsonObject>(
    {
      ...{ id: mostly(name), own: mostly(name), friends: mostly(fc.array(name)) },
      lines: mostly(fc.array(fc.record({ of: name }))),
      scores: mostly(fc.dictionary(fc.constantFrom('a', 'd'), leaf)),
      author: mostly(fc.record(author, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  );
  let rows = 0;
  fc.assert(
    fc.property(data, (event) => {
      const named = new Set(people(event).map(({ realm, subject }) => `${realm} ${subject}`));
      try {
        const { personalValues } = projectPayload(schema.payload, event, { realm: 'source', subject: 'own' });
        const owners = personalValues.map(({ subject }) => `${subject.realm} ${subject.subject}`);
        expect(named).toEqual(new Set(owners.filter((owner) => owner !== 'source own')));
        rows++;
      } catch (error) {
        expect(error).toBeInstanceOf(MappingMismatch);
      }
    }),
    { numRuns: 500 },
  );
  expect(rows).toBeGreaterThan(200);
});
