import { expect, test } from 'vitest';
import { type Field, fieldAnchor, fieldsOf, flattenFields, pathText } from '../../../infra/catalog/fields.ts';
import { subjectOf, treatmentText } from '../../../infra/catalog/treatment-text.ts';
import { constraintTexts, typeText } from '../../../infra/catalog/type-text.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
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
