import { expect, test } from 'vitest';
import { type EventTable, rowStatements } from '../../../shared/erasure/row-statements.ts';
import type { StatementDialect } from '../../../shared/ports/table-statements.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

/** As `shared/adapters/gcp/table-statements.ts` has it. */
const google: StatementDialect = {
  engine: 'bigquery',
  table: (dataset, table) => `\`p.${dataset}.${table}\``,
  parameter: (name) => `@${name}`,
  texts: (name) => `SELECT @${name} AS one`,
  timestamp: (expression) => `TIMESTAMP(${expression})`,
  millis: (expression) => `UNIX_MILLIS(${expression})`,
};

const { columns } = eventSchema(
  schemaDocument({
    properties: {
      email: { type: 'string', treatment: { do: 'pseudonymize' } },
      seller: {
        type: 'object',
        additionalProperties: false,
        properties: {
          id: { type: 'integer', treatment: { do: 'pseudonymize', subject: { realm: 'seller', pointer: '0' } } },
          order: { type: 'integer' },
        },
      },
      phones: { type: 'array', items: { type: 'string', treatment: { do: 'pseudonymize' } } },
    },
  }),
).payload;

const sqlOf = (of: EventTable, what: 'unlink' | 'rows') =>
  rowStatements(of, new Set([what])).map((statement) => statement.sql(google));
const [all, unlinked] = ["event_time >= TIMESTAMP('0001-01-01T00:00:00Z')", "WHERE what = 'unlink'"];
const pseudonyms = '`p.erasure.erased_pseudonyms`';

test('a RECORD is made anew with its fields in the order of the table, and one that is absent stays so', () => {
  const [subjects, sources, left, mentions, ...more] = sqlOf(
    { kind: 'own', table: 'shop_order_v1', columns },
    'unlink',
  );
  expect(more).toEqual([]);
  expect(subjects).toBe(
    'UPDATE `p.events_raw.shop_order_v1` SET subject = NULL, source = NULL, sequence = NULL, event_id = NULL, ' +
      'corrected_time = NULL, row_time = NULL, received_time = TIMESTAMP_TRUNC(received_time, HOUR), ' +
      'data = IF(data IS NULL, NULL, (SELECT AS STRUCT data.* REPLACE (' +
      'IF(STARTS_WITH(data.`email`, SUBSTR(subject, 1, 6)), NULL, data.`email`) AS `email`, ' +
      'IF(data.`seller` IS NULL, NULL, (SELECT AS STRUCT data.`seller`.* REPLACE (' +
      'IF(STARTS_WITH(data.`seller`.`id`, SUBSTR(subject, 1, 6)), NULL, data.`seller`.`id`) AS `id`))) AS `seller`, ' +
      'ARRAY(SELECT item1 FROM UNNEST(data.`phones`) AS item1 WITH OFFSET AS at_item1 ' +
      "WHERE (STRPOS(TO_JSON_STRING(data.`phones`), CONCAT('\"', SUBSTR(subject, 1, 6))) > 0) IS NOT TRUE ORDER BY at_item1) AS `phones`))) " +
      `WHERE ${all} AND subject IN (SELECT pseudonym FROM ${pseudonyms} ${unlinked})`,
  );
  expect(sources).toContain(`WHERE ${all} AND subject IS NULL AND source IN (SELECT pseudonym FROM ${pseudonyms}`);
  expect(left).toContain('SET source = NULL, sequence = NULL WHERE');
  expect(mentions).toBe(
    'UPDATE `p.events_raw.shop_order_v1` SET data = IF(data IS NULL, NULL, (SELECT AS STRUCT data.* REPLACE (' +
      'IF(data.`seller` IS NULL, NULL, (SELECT AS STRUCT data.`seller`.* REPLACE (' +
      'IF(TRUE, NULL, data.`seller`.`id`) AS `id`))) AS `seller`))) ' +
      `WHERE ${all} AND data.\`seller\`.\`id\` IN (SELECT pseudonym FROM ${pseudonyms})`,
  );
});

test('JSON of types in alpha loses what is there, and gets nothing new', () => {
  const shared: EventTable = { kind: 'shared', table: 'alpha', types: [{ type: 'shop.order.v1', columns }] };
  const [subjects] = sqlOf(shared, 'unlink');
  const theirs = (path: string) =>
    `'${path}', IF(STARTS_WITH(JSON_VALUE(data, '${path}'), SUBSTR(subject, 1, 6)), NULL, JSON_QUERY(data, '${path}'))`;
  const list = `JSON_QUERY(data, '$."phones"')`;
  const phones =
    `'$."phones"', IF(JSON_TYPE(${list}) = 'array', TO_JSON(ARRAY(SELECT item1 FROM UNNEST(JSON_QUERY_ARRAY(data, '$."phones"')) AS item1 ` +
    `WITH OFFSET AS at_item1 WHERE (STRPOS(TO_JSON_STRING(${list}), CONCAT('"', SUBSTR(subject, 1, 6))) > 0) IS NOT TRUE ORDER BY at_item1)), ${list})`;
  expect(subjects).toContain(
    `data = CASE type WHEN 'shop.order.v1' THEN JSON_SET(data, ${theirs('$."email"')}, ${theirs('$."seller"."id"')}, ${phones}, create_if_missing => FALSE) ELSE data END WHERE`,
  );
  const [deleted, mentions, left, ...more] = sqlOf(shared, 'rows');
  expect(more).toEqual([]);
  expect(left).toContain(
    'SET data = IF(stored.data IS NULL, NULL, PARSE_JSON(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(',
  );
  expect(left).toContain(
    `, r')",?'), '['), CONCAT(r':"(?:', REPLACE(ARRAY_TO_STRING(mention.gone, '|'), '+', '[+]'), r')"'), ':null'), wide_number_mode => 'round')) FROM (`,
  );
  expect(left).toContain(
    `FROM (SELECT event_key, item1 AS text FROM \`p.events_raw.alpha\`, UNNEST(REGEXP_EXTRACT_ALL(TO_JSON_STRING(data), r'"([A-Za-z0-9+/]+=*)(?: [0-9]+)?"')) AS item1 WHERE ${all}) AS found ` +
      `JOIN (SELECT DISTINCT SUBSTR(pseudonym, 1, 6) AS one FROM ${pseudonyms}) AS known ON known.one = SUBSTR(found.text, 1, 6) GROUP BY found.event_key) AS mention`,
  );
  expect(deleted).toMatch(
    /^DELETE FROM `p\.events_raw\.alpha` WHERE event_time >= \S+ AND \(subject IN .* OR source IN /,
  );
  expect(mentions).toContain(
    `SET data = JSON_REMOVE(data, '$."seller"."id"') WHERE ${all} AND type = 'shop.order.v1' AND JSON_VALUE(data, '$."seller"."id"') IN (SELECT pseudonym`,
  );
});

const seller = { realm: 'seller', pointer: '0' };
const listed = eventSchema(
  schemaDocument({
    properties: {
      watchers: { type: 'array', items: { type: 'integer', treatment: { do: 'pseudonymize', subject: seller } } },
      scores: {
        type: 'object',
        propertyNames: { type: 'string', treatment: { do: 'pseudonymize', subject: seller, pad: 16 } },
        additionalProperties: { type: 'integer' },
      },
    },
  }),
).payload.columns;

test('mentions in a list are looked for once, put together for an event, and left out of the list', () => {
  const [watchers] = sqlOf({ kind: 'own', table: 'shop_order_v1', columns: listed }, 'rows').slice(1);
  expect(watchers).toBe(
    'UPDATE `p.events_raw.shop_order_v1` AS stored SET data = IF(data IS NULL, NULL, (SELECT AS STRUCT data.* REPLACE (' +
      'ARRAY(SELECT item1 FROM UNNEST(data.`watchers`) AS item1 WITH OFFSET AS at_item1 ' +
      'WHERE (item1 IN UNNEST(mention.gone)) IS NOT TRUE ORDER BY at_item1) AS `watchers`))) ' +
      'FROM (SELECT found.event_key, ARRAY_AGG(DISTINCT found.text) AS gone ' +
      `FROM (SELECT event_key, item1 AS text FROM \`p.events_raw.shop_order_v1\`, UNNEST(data.\`watchers\`) AS item1 WHERE ${all}) AS found ` +
      `JOIN (SELECT DISTINCT pseudonym AS one FROM ${pseudonyms}) AS known ON known.one = found.text GROUP BY found.event_key) AS mention ` +
      `WHERE ${all} AND stored.event_key = mention.event_key`,
  );
});

test('entries of maps go by the text of their keys, which a pattern finds at any depth', () => {
  const keys = sqlOf({ kind: 'own', table: 'shop_order_v1', columns: listed }, 'rows').at(-1) ?? '';
  expect(keys).toContain(
    `, UNNEST(REGEXP_EXTRACT_ALL(TO_JSON_STRING(data.\`scores\`), r'"([A-Za-z0-9+/]+=*)(?: [0-9]+)?":')) AS item1 WHERE`,
  );
  expect(keys).toContain('JOIN (SELECT DISTINCT SUBSTR(pseudonym, 1, 6) AS one FROM');
  expect(keys).toContain('ON known.one = SUBSTR(found.text, 1, 6) GROUP BY');
  const isKey = `(?:', REPLACE(ARRAY_TO_STRING(mention.gone, '|'), '+', '[+]'), r')(?: [0-9]+)?":(?:"(?:[^"\\\\]|\\\\.)*"|`;
  expect(keys).toContain(
    `IF(data.\`scores\` IS NULL, NULL, PARSE_JSON(REGEXP_REPLACE(REGEXP_REPLACE(TO_JSON_STRING(data.\`scores\`), CONCAT(r',"${isKey}`,
  );
  expect(keys).toContain(`,?'), ''), wide_number_mode => 'round')) AS \`scores\``);
});
