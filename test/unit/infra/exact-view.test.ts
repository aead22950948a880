import { expect, test } from 'vitest';
import { exactViewQuery } from '../../../infra/exact-view.ts';
import { makeTopology } from '../../../infra/topology.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

// `npm run check -- bigquery` runs these statements; here is what they say.

const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });

function queryOf(table: string, properties: JsonObject): string {
  const { tables } = makeTopology([eventSchema(schemaDocument({ properties }))]);
  const spec = tables.find((one) => one.dataset === 'events_raw' && one.table === table);
  const { alphaRows } = spec?.exactView ?? {};
  if (spec === undefined) throw new Error(`no table ${table}`);
  return exactViewQuery({ ...spec, projectId: 'p', ...(alphaRows === undefined ? {} : { alphaRows }) });
}

/** The expression that makes the RECORD of alpha rows. */
function dataOf(properties: JsonObject): string | undefined {
  return /^ {2}(.*) AS `data`$/m.exec(queryOf('shop_order_v1', properties))?.[1];
}

const window =
  'QUALIFY ROW_NUMBER() OVER (' +
  'PARTITION BY event_time, event_key ORDER BY COALESCE(replayed, FALSE), received_time) = 1';

test('the shared view: the columns of the shared table, each event once', () => {
  const query = queryOf('alpha', {});
  expect(query).toMatch(
    /^SELECT\n {2}`event_key`,\n[^;]*`type`,\n {2}`data`\nFROM `p\.events_raw\.alpha`\nWHERE sdk != 'edi-heartbeat'\n/,
  );
  expect(query.endsWith(window)).toBe(true);
});

test('the view of a type: its table and its alpha rows, then each event once', () => {
  const query = queryOf('shop_order_v1', { a: { type: 'string' } });
  const [selected, own, alpha] = query.split(/\nFROM \(\n|\nUNION ALL\n/);
  expect(own?.endsWith('\nFROM `p.events_raw.shop_order_v1`')).toBe(true);
  expect(own?.startsWith(`${selected}\n`)).toBe(true);
  expect(alpha?.split('\nFROM ')[1]).toBe(
    `\`p.events_raw.alpha\`\nWHERE type = 'shop.order.v1'\n)\nWHERE sdk != 'edi-heartbeat'\n${window}`,
  );
});

test.each([
  [{ type: 'string' }, "JSON_VALUE(data, '$.a_b')"],
  [{ type: 'integer' }, "SAFE_CAST(JSON_VALUE(data, '$.a_b') AS INT64)"],
  [{ type: 'number' }, "SAFE_CAST(JSON_VALUE(data, '$.a_b') AS FLOAT64)"],
  [{ type: 'boolean' }, "SAFE_CAST(JSON_VALUE(data, '$.a_b') AS BOOL)"],
  [{ type: 'string', format: 'date-time' }, "SAFE_CAST(JSON_VALUE(data, '$.a_b') AS TIMESTAMP)"],
  [{ type: 'string', format: 'date' }, "SAFE_CAST(JSON_VALUE(data, '$.a_b') AS DATE)"],
  [{}, "JSON_QUERY(data, '$.a_b')"],
  [
    object({ c: { type: 'string' } }),
    "IF(JSON_QUERY(data, '$.a_b') IS NULL, NULL, STRUCT(JSON_VALUE(data, '$.a_b.c') AS `c`))",
  ],
  [
    { type: 'array', items: { type: 'integer' } },
    "ARRAY(SELECT SAFE_CAST(JSON_VALUE(item0, '$') AS INT64) FROM UNNEST(JSON_QUERY_ARRAY(data, '$.a_b')) AS item0 WITH OFFSET AS at0 WHERE SAFE_CAST(JSON_VALUE(item0, '$') AS INT64) IS NOT NULL ORDER BY at0)",
  ],
  [
    { type: 'array', items: object({ c: { type: 'array', items: { type: 'string' } } }) },
    "ARRAY(SELECT IF(item0 IS NULL, NULL, STRUCT(ARRAY(SELECT JSON_VALUE(item1, '$') FROM UNNEST(JSON_QUERY_ARRAY(item0, '$.c')) AS item1 WITH OFFSET AS at1 WHERE JSON_VALUE(item1, '$') IS NOT NULL ORDER BY at1) AS `c`)) FROM UNNEST(JSON_QUERY_ARRAY(data, '$.a_b')) AS item0 WITH OFFSET AS at0 ORDER BY at0)",
  ],
])('%j is read as %s', (property, sql) => {
  expect(dataOf({ aB: property })).toBe(`IF(data IS NULL, NULL, STRUCT(${sql} AS \`a_b\`))`);
});

test('a type without columns of its own has no data on either side', () => {
  expect(queryOf('shop_order_v1', {})).not.toContain('data');
});
