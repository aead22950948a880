import { expect, test } from 'vitest';
import { revisionChanges } from '../../../infra/catalog/revision-changes.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { schemaDocument, type TestSchema } from '../../helpers/schemas.ts';

function changes(before: TestSchema, after: TestSchema): string[] | undefined {
  const told = revisionChanges(schemaDocument(before), schemaDocument(after));
  return told?.map(({ subject, text }) => `${subject}: ${text}`);
}

const text: JsonObject = { type: 'string' };

test.each<[string, TestSchema, TestSchema, string[]]>([
  ['nothing', { properties: { a: text } }, { properties: { a: text } }, []],
  ['a new field', {}, { properties: { a: { type: ['integer', 'null'] } } }, ['a: new: integer or null']],
  ['a required one', {}, { properties: { a: text }, required: ['a'] }, ['a: new: string, required']],
  ['a field that is gone', { properties: { a: text } }, {}, ['a: no longer declared']],
  [
    'a field inside',
    { properties: { a: { type: 'object', additionalProperties: false, properties: {} } } },
    { properties: { a: { type: 'object', additionalProperties: false, properties: { b: text } } } },
    ['a.b: new: string'],
  ],
  [
    'a wider type',
    { properties: { a: text } },
    { properties: { a: { type: ['string', 'null'] } } },
    ['a: string or null, was string'],
  ],
  [
    'a limit',
    { properties: { a: { ...text, maxLength: 64 } } },
    { properties: { a: text } },
    ['a: no limits, was at most 64 characters'],
  ],
  [
    'a value of an enumeration',
    { properties: { a: { ...text, enum: ['x'] } } },
    { properties: { a: { ...text, enum: ['x', 'y'] } } },
    ['a: one of x, y, was one of x'],
  ],
  [
    'a requirement',
    { properties: { a: text }, required: ['a'] },
    { properties: { a: text } },
    ['a: optional, was required'],
  ],
  [
    'a treatment',
    { properties: { a: { ...text, treatment: { do: 'pseudonymize' } } } },
    { properties: { a: { ...text, treatment: { do: 'drop' } } } },
    ["a: dropped: it reaches no topic and no table, was pseudonymized with the data subject's key"],
  ],
  [
    'a description',
    { properties: { a: text } },
    { properties: { a: { ...text, description: 'Why' } } },
    ['a: described as “Why”'],
  ],
  [
    'what becomes of undeclared properties',
    {
      open: false,
      properties: { a: { type: 'object', additionalProperties: false, properties: { b: text } } },
    },
    {
      open: true,
      properties: { a: { type: ['object', 'null'], additionalProperties: true, properties: { b: text } } },
    },
    [
      'undeclared properties: dropped, was rejected',
      'a: object or null, was object',
      'undeclared properties of a: dropped, was rejected',
    ],
  ],
  [
    'the edi block',
    { edi: { stage: 'beta', sdks: ['web', 'ios'] } },
    { edi: { stage: 'ga', sdks: ['ios', 'web', 'android'], description: 'Anew.' } },
    ['stage: ga, was beta', 'sent by: android, ios, web, was ios, web', 'description: Anew.'],
  ],
])('%s', (_, before, after, told) => {
  expect(changes(before, after)).toEqual(told);
});

test('what moved into a definition, or was written in another order, is no change', () => {
  const place: JsonObject = { type: 'object', additionalProperties: false, properties: { b: text, c: text } };
  const moved: JsonObject = { type: 'object', additionalProperties: false, properties: { c: text, b: text } };
  const after = { properties: { a: { $ref: '#/$defs/place' } }, $defs: { place: moved } };
  expect(changes({ properties: { a: place } }, after)).toEqual([]);
});

test('a document that the schema language does not know is not compared', () => {
  expect(revisionChanges({}, schemaDocument({}))).toBeUndefined();
});
