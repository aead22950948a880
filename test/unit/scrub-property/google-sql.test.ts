import { expect, test } from 'vitest';
import { holdsInJson, withoutInJson } from '../../../functions/scrub-property/json-sql.ts';
import { findValuePath } from '../../../functions/scrub-property/value-path.ts';
import { holdsValue, jsonParts, withoutValue } from '../../../functions/scrub-property/value-sql.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

// What BigQuery is asked, word for word: it runs nowhere else.

const text = { type: 'string', notPersonal: 'made up' };
const phone = { type: 'object', additionalProperties: false, properties: { number: text } };
const { payload } = eventSchema(
  schemaDocument({
    properties: {
      note: text,
      tags: { type: 'array', items: text },
      buyer: {
        type: 'object',
        additionalProperties: false,
        properties: { email: text, phones: { type: 'array', items: phone } },
      },
      extra: { type: 'object', additionalProperties: true },
    },
  }),
);

test.each([
  ['/note', 'data.note IS NOT NULL', 'data.note = IF(FALSE, data.note, NULL)'],
  [
    '/tags',
    'EXISTS (SELECT 1 FROM UNNEST(data.tags) AS item1 WHERE TRUE)',
    'data.tags = ARRAY(SELECT item FROM UNNEST(data.tags) AS item WHERE FALSE)',
  ],
  ['/buyer/email', 'data.buyer.email IS NOT NULL', 'data.buyer.email = IF(FALSE, data.buyer.email, NULL)'],
  [
    '/buyer/phones/number',
    'EXISTS (SELECT 1 FROM UNNEST(data.buyer.phones) AS item1 WHERE item1.number IS NOT NULL)',
    'data.buyer.phones = ARRAY(SELECT IF(item1 IS NULL, NULL, (SELECT AS STRUCT item1.* REPLACE (IF(FALSE, item1.number, NULL) AS `number`))) FROM UNNEST(data.buyer.phones) AS item1 WITH OFFSET AS place1 ORDER BY place1)',
  ],
  [
    '/extra/a b/c',
    `JSON_QUERY(data.extra, '$."a b"."c"') IS NOT NULL`,
    `data.extra = JSON_REMOVE(data.extra, '$."a b"."c"')`,
  ],
])('%s in its own table', (property, holds, without) => {
  const found = findValuePath(payload.columns, property);
  if (found.kind === 'none') throw new Error(found.problem);
  expect(holdsValue('bigquery', found.path)).toBe(holds);
  expect(withoutValue('bigquery', found.path)).toBe(without);
});

test.each([
  ['/buyer/email', `JSON_QUERY(data, '$."buyer"."email"') IS NOT NULL`, `JSON_REMOVE(data, '$."buyer"."email"')`],
  [
    '/buyer/phones/number',
    `EXISTS (SELECT 1 FROM UNNEST(JSON_QUERY_ARRAY(data, '$."buyer"."phones"')) AS member1 WHERE JSON_QUERY(member1, '$."number"') IS NOT NULL)`,
    `IF(JSON_TYPE(JSON_QUERY(data, '$."buyer"."phones"')) = 'array', JSON_SET(data, '$."buyer"."phones"', ARRAY(SELECT JSON_REMOVE(member1, '$."number"') FROM UNNEST(JSON_QUERY_ARRAY(data, '$."buyer"."phones"')) AS member1 WITH OFFSET AS at1 ORDER BY at1)), data)`,
  ],
])('%s in the table of alpha', (property, holds, without) => {
  const found = findValuePath(payload.columns, property);
  if (found.kind === 'none') throw new Error(found.problem);
  const parts = jsonParts(found.path);
  expect(holdsInJson('bigquery', 'data', parts, 1)).toBe(holds);
  expect(withoutInJson('bigquery', 'data', parts, 1)).toBe(without);
});
