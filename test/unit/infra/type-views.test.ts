import { expect, test } from 'vitest';
import { tableFindings } from '../../../infra/checks/table-rules.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { googleSql } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { typeViewName } from '../../../infra/type-views.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse, query, rowsOf } from '../duckdb/fixture.ts';

const schema = (type: string, properties: JsonObject, stage = 'ga') =>
  eventSchema(schemaDocument({ type, properties, edi: { stage } }));
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
const text = { type: 'string' };
const number = { type: 'integer' };
const list = { type: 'array', items: object({ sku: text }) };

const majors = [
  schema('shop.order.v1', { id: text, total: text, old: number, lines: list }),
  schema('shop.order.v2', { id: text, total: number, buyer: object({ city: text }) }),
  schema('shop.order.v3', {}),
  schema('shop.order.v4', { id: text }, 'alpha'),
];

const row = (major: number, data: JsonObject | undefined) =>
  JSON.stringify({
    event_key: `key-${major}`,
    event_time: '2026-11-29T12:00:00Z',
    received_time: '2026-11-29T12:00:01Z',
    sdk: 'web',
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    ...(data === undefined ? {} : { data }),
  });

test('rows of all majors, each once: what they share in one place, what differs in places of their own', async () => {
  const warehouse = await openTestWarehouse();
  await ensureTables(warehouse, makeTopology(majors));
  const append = (major: number, data?: JsonObject) =>
    warehouse.append({ schema: 'events_raw', table: `shop_order_v${major}` }, [row(major, data), row(major, data)]);
  await append(1, { id: 'a', total: '7', old: 1, lines: [{ sku: 's' }] });
  await append(2, { id: 'b', total: 7, buyer: { city: 'c' } });
  await append(3);
  expect(
    await rowsOf(warehouse, 'SELECT major, event_key, data, data_v1, data_v2 FROM events.shop_order ORDER BY 1'),
  ).toEqual([
    [1, 'key-1', { id: 'a', buyer: null, old: 1, lines: [{ sku: 's' }] }, { total: '7' }, null],
    [2, 'key-2', { id: 'b', buyer: { city: 'c' }, old: null, lines: [] }, null, { total: 7 }],
    [3, 'key-3', null, null, null],
  ]);
  const comments = "SELECT comment FROM duckdb_columns() WHERE table_name = 'shop_order' AND column_name = 'major'";
  expect(await rowsOf(warehouse, comments)).toEqual([[expect.stringContaining('Major version')]]);
  expect(await query(warehouse, 'SELECT data_v3 FROM events.shop_order')).toMatchObject({ kind: 'refused' });
});

test('a type of one major has a view, too, whose data is what it was', () => {
  const [view] = makeTopology([schema('shop.order.v1', { id: text })]).typeViews;
  const sql = view?.query(googleSql('p')) ?? '';
  expect(sql).toMatch(/^SELECT\n {2}1 AS major,\n {2}`event_key` AS `event_key`,/);
  expect(sql).toMatch(/ {2}`data` AS `data`\nFROM `p\.events\.shop_order_v1`$/);
  expect(view).toMatchObject({ dataset: 'events', view: 'shop_order', domain: 'shop' });
});

test('BigQuery is told the types of what a major does not have', () => {
  const sql = makeTopology(majors).typeViews[0]?.query(googleSql('p')) ?? '';
  expect(sql).toContain(
    'CASE WHEN `data` IS NULL THEN NULL ELSE STRUCT(`data`.`id` AS `id`, `data`.`buyer` AS `buyer`, ' +
      'CAST(NULL AS INT64) AS `old`, ARRAY<STRUCT<`sku` STRING>>[] AS `lines`) END AS `data`',
  );
  expect(sql).toContain('CAST(NULL AS STRUCT<`total` INT64>) AS `data_v2`');
  expect(sql.match(/UNION ALL/g)).toHaveLength(2);
});

test('two events that would share a view are told', () => {
  expect(typeViewName('a-b.c-d.v12')).toBe('a_b_c_d');
  const clash = makeTopology([schema('a-b.c.v1', {}), schema('a.b-c.v2', {})]);
  expect(tableFindings(clash)).toMatchObject([{ value: 'events.a_b_c' }]);
});
