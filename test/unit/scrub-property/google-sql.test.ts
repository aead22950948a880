import { expect, test } from 'vitest';
import { findValuePath } from '../../../functions/scrub-property/value-path.ts';
import { holdsValue, withoutValue } from '../../../functions/scrub-property/value-sql.ts';
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

const record = (at: string, fields: string) =>
  `IF(${at} IS NULL, NULL, (SELECT AS STRUCT ${at}.* REPLACE (${fields})))`;

test.each([
  ['/note', 'data.`note` IS NOT NULL', 'IF(TRUE, NULL, data.`note`) AS `note`'],
  [
    '/tags',
    'EXISTS (SELECT 1 FROM UNNEST(data.`tags`) AS item1 WHERE TRUE)',
    'ARRAY(SELECT item1 FROM UNNEST(data.`tags`) AS item1 WITH OFFSET AS at_item1 WHERE FALSE ORDER BY at_item1) AS `tags`',
  ],
  [
    '/buyer/email',
    'data.`buyer`.`email` IS NOT NULL',
    `${record('data.`buyer`', 'IF(TRUE, NULL, data.`buyer`.`email`) AS `email`')} AS \`buyer\``,
  ],
  [
    '/buyer/phones/number',
    'EXISTS (SELECT 1 FROM UNNEST(data.`buyer`.`phones`) AS item1 WHERE item1.`number` IS NOT NULL)',
    `${record(
      'data.`buyer`',
      `ARRAY(SELECT ${record('item1', 'IF(TRUE, NULL, item1.`number`) AS `number`')} FROM UNNEST(data.\`buyer\`.\`phones\`) AS item1 WITH OFFSET AS at_item1 ORDER BY at_item1) AS \`phones\``,
    )} AS \`buyer\``,
  ],
  [
    '/extra/a b/c',
    `JSON_QUERY(data.\`extra\`, '$."a b"."c"') IS NOT NULL`,
    `JSON_REMOVE(data.\`extra\`, '$."a b"."c"') AS \`extra\``,
  ],
])('%s in its own table', (property, holds, without) => {
  const found = findValuePath(payload.columns, property);
  if (found.kind === 'none') throw new Error(found.problem);
  expect(holdsValue({ engine: 'bigquery', isJson: false }, found.path)).toBe(holds);
  expect(withoutValue({ engine: 'bigquery', isJson: false }, found.path)).toBe(`data = ${record('data', without)}`);
});

test.each([
  ['/buyer/email', `JSON_QUERY(data, '$."buyer"."email"') IS NOT NULL`, `JSON_REMOVE(data, '$."buyer"."email"')`],
  [
    '/buyer/phones/number',
    `EXISTS (SELECT 1 FROM UNNEST(JSON_QUERY_ARRAY(data, '$."buyer"."phones"')) AS item1 WHERE JSON_QUERY(item1, '$."number"') IS NOT NULL)`,
    `JSON_SET(data, '$."buyer"."phones"', IF(JSON_TYPE(JSON_QUERY(data, '$."buyer"."phones"')) = 'array', TO_JSON(ARRAY(SELECT JSON_REMOVE(item1, '$."number"') FROM UNNEST(JSON_QUERY_ARRAY(data, '$."buyer"."phones"')) AS item1 WITH OFFSET AS at_item1 ORDER BY at_item1)), JSON_QUERY(data, '$."buyer"."phones"')), create_if_missing => FALSE)`,
  ],
])('%s in the table of alpha', (property, holds, without) => {
  const found = findValuePath(payload.columns, property);
  if (found.kind === 'none') throw new Error(found.problem);
  expect(holdsValue({ engine: 'bigquery', isJson: true }, found.path)).toBe(holds);
  expect(withoutValue({ engine: 'bigquery', isJson: true }, found.path)).toBe(`data = ${without}`);
});
