import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/event/json.ts';
import { readEventSchema } from '../../../../shared/event-types/event-schema.ts';
import { lintSchema } from '../../../../shared/schema-language/lint/lint.ts';
import { schemaDocument } from '../../../helpers/schemas.ts';

const keptFor = (keepDays: JsonValue, treatment: JsonObject = { do: 'pseudonymize' }) => ({
  description: 'x',
  type: 'string',
  treatment: { ...treatment, keepDays },
});
const object = (properties: JsonObject): JsonObject => ({
  description: 'x',
  type: 'object',
  additionalProperties: false,
  properties,
});
const list = (items: JsonObject): JsonObject => ({ description: 'x', type: 'array', items });

function findings(properties: JsonObject): string[] {
  return lintSchema(schemaDocument({ properties, edi: { retentionDays: 400 } }), { foreign: false })
    .filter(({ rule }) => rule === 'keep-days')
    .map(({ severity, pointer }) => `${severity} ${pointer}`);
}

test.each<[string, JsonObject]>([
  ['a column, for as long as its row', keptFor(400)],
  ['a token', keptFor(1, { do: 'tokenize', realm: 'customer', domain: 'mail' })],
  ['a network', { ...keptFor(1, { do: 'truncate', to: 'network' }), format: 'ipv4' }],
  ['a column of a RECORD', object({ b: keptFor(30) })],
  ['texts of a list', list(keptFor(30))],
  ['a list, whole', { ...list(object({})), treatment: { do: 'pseudonymize', keepDays: 30 } }],
])('values may be kept for fewer days: %s', (_, a) => {
  expect(findings({ a })).toEqual([]);
  expect(readEventSchema(schemaDocument({ properties: { a } })).kind).toBe('schema');
});

test.each<[string, JsonObject, string]>([
  ['longer than its row', keptFor(401), '/properties/a'],
  ['in a list of objects', list(object({ b: keptFor(30) })), '/properties/a/items/properties/b'],
  [
    'in a RECORD of those',
    list(object({ c: object({ b: keptFor(30) }) })),
    '/properties/a/items/properties/c/properties/b',
  ],
  [
    'keys of a map',
    {
      description: 'x',
      type: 'object',
      additionalProperties: { type: 'integer' },
      propertyNames: { treatment: { do: 'pseudonymize', keepDays: 30 } },
    },
    '/properties/a/propertyNames',
  ],
])('values may not be kept for fewer days: %s', (_, a, pointer) => {
  expect(findings({ a })).toEqual([`error ${pointer}/treatment/keepDays`]);
});

test.each<JsonValue>([0, 1.5, 3_651, '30', null])('%j is no number of days', (keepDays) => {
  expect(readEventSchema(schemaDocument({ properties: { a: keptFor(keepDays) } })).kind).toBe('bad');
});
