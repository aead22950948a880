import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { readEventSchema } from '../../../shared/event-types/event-schema.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

test('reads the edi block, the payload and the table', () => {
  const document = schemaDocument({
    properties: { a: { type: 'string' } },
    edi: { priority: 'high', sdks: ['web', 'phone'] },
  });
  const schema = eventSchema(document);
  expect(schema.edi).toEqual({
    type: 'shop.order.v1',
    owner: 'team-shop',
    description: 'Something happened.',
    stage: 'ga',
    priority: 'high',
    sdks: ['web', 'phone'],
    retentionDays: 400,
    subjectRealm: 'customer',
  });
  expect(schema.schema).toBe(document);
  expect(schema.columns.at(-1)?.fields).toEqual(schema.payload.columns);
  expect(eventSchema(schemaDocument()).edi.priority).toBe('normal');
});

const pointersOf = (document: JsonValue): string[] => {
  const result = readEventSchema(document);
  return result.kind === 'bad' ? result.problems.map(({ pointer }) => pointer) : [];
};

test.each<[JsonValue, string]>([
  [[], ''],
  ['schema', ''],
  [{ ...schemaDocument(), type: 'array' }, '/type'],
  [{ ...schemaDocument(), type: ['object'] }, '/type'],
  [{ ...schemaDocument(), edi: null }, '/edi'],
  [schemaDocument({ edi: { type: 'Shop.order.v1' } }), '/edi/type'],
  [schemaDocument({ edi: { owner: ' ' } }), '/edi/owner'],
  [schemaDocument({ edi: { description: '' } }), '/edi/description'],
  [schemaDocument({ edi: { stage: 'live' } }), '/edi/stage'],
  [schemaDocument({ edi: { priority: 'urgent' } }), '/edi/priority'],
  [schemaDocument({ edi: { sdks: [] } }), '/edi/sdks'],
  [schemaDocument({ edi: { sdks: 'web' } }), '/edi/sdks'],
  [schemaDocument({ edi: { retentionDays: 0 } }), '/edi/retentionDays'],
  [schemaDocument({ edi: { retentionDays: 3_651 } }), '/edi/retentionDays'],
  [schemaDocument({ edi: { retentionDays: 1.5 } }), '/edi/retentionDays'],
  [schemaDocument({ edi: { stage: 'alpha', retentionDays: 401 } }), '/edi/retentionDays'],
  [schemaDocument({ edi: { subjectRealm: 'source' } }), '/edi/subjectRealm'],
  [schemaDocument({ edi: { subjectRealm: 'Customer' } }), '/edi/subjectRealm'],
  [schemaDocument({ properties: { '+1': {} } }), '/properties/+1'],
])('%j has one problem, at %j', (document, pointer) => {
  expect(pointersOf(document)).toEqual([pointer]);
});

test('tells all problems at once', () => {
  expect(pointersOf(schemaDocument({ edi: { owner: '', sdks: [] }, properties: { '+1': {} } }))).toEqual([
    '/edi/owner',
    '/edi/sdks',
    '/properties/+1',
  ]);
});
