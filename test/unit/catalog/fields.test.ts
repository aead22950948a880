import { expect, test } from 'vitest';
import { fieldList } from '../../../infra/catalog/field-list.ts';
import {
  type Field,
  fieldAnchor,
  fieldsOf,
  flattenFields,
  pathText,
  payloadOf,
} from '../../../infra/catalog/fields.ts';
import { subjectOf, treatmentText } from '../../../infra/catalog/treatment-text.ts';
import { constraintTexts, typeText } from '../../../infra/catalog/type-text.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { isClosed } from '../../../shared/event-types/mapping/properties.ts';
import { makeShapeReader } from '../../../shared/event-types/mapping/read-shape.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

function readFields(properties: JsonObject, parts: { required?: string[]; $defs?: JsonObject } = {}): Field[] {
  return flattenFields(fieldsOf(eventSchema(schemaDocument({ properties, ...parts }))));
}

function shapeOf(property: JsonObject) {
  return makeShapeReader(property, { guessing: false }).read(property, '');
}

test.each<[JsonObject, string]>([
  [{ type: 'string' }, 'string'],
  [{ type: 'string', format: 'date-time' }, 'string (date-time)'],
  [{ type: ['integer', 'null'] }, 'integer or null'],
  [{ type: ['string', 'integer'] }, 'string or integer'],
  [{ enum: ['a', 'b'] }, 'string'],
  [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, 'number or null'],
  [{ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }, 'string or array of string'],
  [{ type: 'array', items: { type: ['string', 'null'] } }, 'array of (string or null)'],
  [{ type: 'object', additionalProperties: { type: 'integer' } }, 'map of integer'],
  [{ type: 'object', additionalProperties: true }, 'map'],
  [{}, 'any JSON'],
])('%j is told as %s', (property, text) => {
  expect(typeText(shapeOf(property))).toBe(text);
});

test.each<[JsonObject, string[]]>([
  [{ type: 'string', minLength: 1, maxLength: 64 }, ['1 to 64 characters']],
  [{ type: 'string', maxLength: 64, pattern: '^a' }, ['at most 64 characters', 'matches ^a']],
  [{ type: 'string', minLength: 1 }, ['at least 1 character']],
  [{ type: 'integer', minimum: 0 }, ['at least 0']],
  [{ type: 'number', minimum: 0, maximum: 1 }, ['0 to 1']],
  [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 9 }, ['above 0', 'below 9']],
  [{ type: 'string', enum: ['a', 'b'] }, ['one of a, b']],
  [
    { type: 'array', maxItems: 3, items: { type: 'integer', minimum: 1 } },
    ['at most 3 items', 'each item: at least 1'],
  ],
])('%j accepts %j', (property, texts) => {
  expect(constraintTexts(shapeOf(property))).toEqual(texts);
});

test('fields inside objects and arrays have their path, column and requirement', () => {
  const person: JsonObject = {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: { id: { type: 'integer' }, homeTown: { type: 'string', description: 'Where from' } },
  };
  const fields = readFields(
    { author: { $ref: '#/$defs/person' }, reviewers: { type: 'array', items: { $ref: '#/$defs/person' } } },
    { required: ['author'], $defs: { person } },
  );
  expect(fields.map(({ trail, sqlPath, required }) => [pathText(trail), sqlPath, required])).toEqual([
    ['author', 'data.author', true],
    ['author.id', 'data.author.id', true],
    ['author.homeTown', 'data.author.home_town', false],
    ['reviewers', 'data.reviewers', false],
    ['reviewers[].id', 'data.reviewers.id', true],
    ['reviewers[].homeTown', 'data.reviewers.home_town', false],
  ]);
  expect(fields[2]?.description).toBe('Where from');
});

const city: JsonObject = { type: 'string', maxLength: 64, description: 'Where', treatment: { do: 'pseudonymize' } };
const places: readonly (readonly [string, JsonObject])[] = [
  ['allOf', { allOf: [{ properties: { city } }] }],
  ['a reference', { $ref: '#/$defs/address' }],
  ['a reference in allOf of allOf', { allOf: [{ allOf: [{ $ref: '#/$defs/address' }] }] }],
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  ['both outcomes of a condition', { if: {}, then: { properties: { city } }, else: { properties: { city } } }],
  ['every alternative', { anyOf: [{ properties: { city } }, { required: ['city'], properties: { city } }] }],
];

test.each(places)('a field that stands only in %s is shown as if it stood at its place', (_where, rest) => {
  const at = (properties: JsonObject, more: JsonObject) =>
    flattenFields(
      fieldsOf(
        eventSchema({ ...schemaDocument({ properties }), ...more, $defs: { address: { properties: { city } } } }),
      ),
    ).map(({ trail, sqlPath, description, treatment, shape }) => [
      [pathText(trail), sqlPath, description, treatment?.do],
      [typeText(shape), constraintTexts(shape)],
    ]);
  const shown = (path: string) => [
    [path, `data.${path}`, 'Where', 'pseudonymize'],
    ['string', ['at most 64 characters']],
  ];
  expect(at({}, rest)).toEqual([shown('city')]);
  expect(at({ home: { type: 'object', ...rest } }, {})[1]).toEqual(shown('home.city'));
});

test.each<[string, JsonObject]>([
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  ['then', { if: {}, then: { properties: { city: { type: 'string', description: 'Where' } } } }],
  ['dependentSchemas', { dependentSchemas: { a: { properties: { city: { type: 'string', description: 'Where' } } } } }],
  ['one of several alternatives', { anyOf: [{ properties: { city: { type: 'string', description: 'Where' } } }, {}] }],
])('a field that only some events declare, by %s, is shown with the column that it has', (_where, rest) => {
  const document = { ...schemaDocument({ properties: { a: { type: 'integer' } }, open: true }), ...rest };
  const [, field] = fieldsOf(eventSchema(document));
  expect(field).toMatchObject({ name: 'city', required: false, description: 'Where', sqlPath: 'data.city' });
  expect(field?.column?.type).toBe('JSON');
});

test('what is required in every alternative is required, and what unevaluatedProperties closes is closed', () => {
  const branch = (more: JsonObject): JsonObject => ({
    required: ['id'],
    properties: { id: { type: 'string' }, ...more },
  });
  const document = schemaDocument({ properties: {} });
  const { additionalProperties: _, ...open } = document;
  const alternatives = { anyOf: [branch({}), branch({ other: { type: 'string' } })], unevaluatedProperties: false };
  const { shape, fields } = payloadOf(eventSchema({ ...open, ...alternatives }));
  expect(fields.map(({ name, required }) => [name, required])).toEqual([
    ['id', true],
    ['other', false],
  ]);
  expect(isClosed(shape.object)).toBe(true);
});

test('a schema inside itself is told once', () => {
  const node: JsonObject = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } };
  const document = { ...schemaDocument({ properties: { a: { $ref: '#/$defs/node' } }, open: true }), $defs: { node } };
  expect(flattenFields(fieldsOf(eventSchema(document))).length).toBeLessThan(4);
});

test('what becomes of keys is told, with whose they are', () => {
  const subject = { realm: 'github-user', pointer: '0' };
  const map = { type: 'object', additionalProperties: { type: 'integer' } };
  const schema = eventSchema(
    schemaDocument({
      properties: {
        scores: { ...map, propertyNames: { treatment: { do: 'pseudonymize', subject } } },
        prices: { ...map, propertyNames: { notPersonal: 'Codes of currencies' } },
        lists: { type: 'array', items: { ...map, propertyNames: { treatment: { do: 'pseudonymize' } } } },
        whole: { ...map, notPersonal: 'Codes of planes' },
        open: map,
      },
    }),
  );
  expect(fieldsOf(schema).map(({ keys }) => keys)).toEqual([
    [{ inside: [], treatment: { do: 'pseudonymize', subject } }],
    [{ inside: [], notPersonal: 'Codes of currencies' }],
    [{ inside: ['[]'], treatment: { do: 'pseudonymize' } }],
    [],
    [{ inside: [] }],
  ]);
  const text = String(fieldList(schema));
  expect(text).toMatch(/<dt>Keys<\/dt><dd>.*pseudonymized/);
  expect(text).toContain('not personal: Codes of currencies');
  expect(text).toContain('Keys of lists[]');
  expect(text).toContain('<dt>Keys, data subject</dt>');
});

test('what has no column has none here: dropped, or inside one JSON column', () => {
  const fields = readFields({
    text: { type: 'string', treatment: { do: 'drop' } },
    free: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
  });
  expect(fields.map(({ name, column }) => [name, column?.type])).toEqual([
    ['text', undefined],
    ['free', 'JSON'],
  ]);
});

test('every treatment is told in words, with whose data it is', () => {
  const pseudonymize = (subject?: JsonObject): JsonObject => ({ do: 'pseudonymize', ...(subject ? { subject } : {}) });
  const fields = readFields({
    plain: { type: 'string', treatment: pseudonymize() },
    ids: {
      type: 'array',
      items: { type: 'integer', treatment: pseudonymize({ realm: 'github-user', pointer: '0' }) },
    },
    sender: {
      type: 'object',
      additionalProperties: false,
      properties: {
        id: { type: 'integer' },
        login: { type: 'string', treatment: pseudonymize({ realm: 'github-user', pointer: '1/id' }) },
        other: { type: 'string', treatment: pseudonymize({ realm: 'github-user', pointer: '/owners/0/id' }) },
      },
    },
    address: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } },
    host: { type: 'string', treatment: { do: 'tokenize', realm: 'customer', domain: 'mail-hosts' } },
    level: { type: 'string', treatment: { do: 'pseudonymize', pad: true } },
    seen: { type: 'string', format: 'date-time', treatment: { do: 'truncate', to: 'hour' } },
    born: { type: 'string', format: 'date-time', treatment: { do: 'truncate', to: 'day' } },
    north: { type: 'number', treatment: { do: 'truncate', to: 'grid', gridDegrees: 0.1 } },
    text: { type: 'string', treatment: { do: 'drop' } },
  });
  const told = fields.flatMap(({ trail, treatment, column }) => {
    if (treatment === undefined) return [];
    const isArray = column?.mode === 'REPEATED';
    const subject = subjectOf(treatment, { trail, subjectRealm: 'customer', isArray });
    const place = subject?.place.kind === 'field' ? pathText(subject.place.trail) : subject?.place.kind;
    return [[pathText(trail), treatmentText(treatment), subject?.realm, place]];
  });
  const key = "pseudonymized with the data subject's key";
  expect(told).toEqual([
    ['plain', key, 'customer', 'envelope'],
    ['ids', key, 'github-user', 'itself'],
    ['sender.login', key, 'github-user', 'sender.id'],
    ['sender.other', key, 'github-user', 'owners[].id'],
    ['address', 'cut to its network (/24, or /48 for IPv6)', 'customer', 'envelope'],
    [
      'host',
      'replaced by a token that is equal for equal values of customer in the domain mail-hosts',
      'customer',
      'envelope',
    ],
    ['level', `${key}, in blocks of 16 bytes`, 'customer', 'envelope'],
    ['seen', 'cut to the hour, UTC', 'customer', 'envelope'],
    ['born', 'cut to the day, UTC', 'customer', 'envelope'],
    ['north', 'rounded to a grid of 0.1 degrees', 'customer', 'envelope'],
    ['text', 'dropped: it reaches no topic and no table', undefined, undefined],
  ]);
});

test('anchors hold no white space and no two fields share one', () => {
  const anchors = [['a', 'b'], ['a.b'], ['a b'], ['a', '[]', 'b'], ['<x>']].map(fieldAnchor);
  expect(new Set(anchors).size).toBe(anchors.length);
  for (const anchor of anchors) expect(anchor).toMatch(/^field-[^\s<>"]+$/);
});
