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
      'data = IF(`data` IS NULL, NULL, (SELECT AS STRUCT `data`.* REPLACE (' +
      'IF(STARTS_WITH(`data`.`email`, SUBSTR(subject, 1, 6)), NULL, `data`.`email`) AS `email`, ' +
      'IF(`data`.`seller` IS NULL, NULL, (SELECT AS STRUCT `data`.`seller`.* REPLACE (' +
      'IF(STARTS_WITH(`data`.`seller`.`id`, SUBSTR(subject, 1, 6)), NULL, `data`.`seller`.`id`) AS `id`))) AS `seller`, ' +
      "IF(STRPOS(TO_JSON_STRING(`data`.`phones`), CONCAT('\"', SUBSTR(subject, 1, 6))) > 0, NULL, `data`.`phones`) AS `phones`))) " +
      `WHERE ${all} AND subject IN (SELECT pseudonym FROM ${pseudonyms} ${unlinked})`,
  );
  expect(sources).toContain(`WHERE ${all} AND subject IS NULL AND source IN (SELECT pseudonym FROM ${pseudonyms}`);
  expect(left).toContain('SET source = NULL, sequence = NULL WHERE');
  expect(mentions).toBe(
    'UPDATE `p.events_raw.shop_order_v1` SET data = IF(`data` IS NULL, NULL, (SELECT AS STRUCT `data`.* REPLACE (' +
      'IF(`data`.`seller` IS NULL, NULL, (SELECT AS STRUCT `data`.`seller`.* REPLACE (' +
      'IF(TRUE, NULL, `data`.`seller`.`id`) AS `id`))) AS `seller`))) ' +
      `WHERE ${all} AND \`data\`.\`seller\`.\`id\` IN (SELECT pseudonym FROM ${pseudonyms})`,
  );
});

test('JSON of types in alpha loses what is there, and gets nothing new', () => {
  const shared: EventTable = { kind: 'shared', table: 'alpha', types: [{ type: 'shop.order.v1', columns }] };
  const [subjects] = sqlOf(shared, 'unlink');
  const theirs = (path: string) =>
    `'${path}', IF(STARTS_WITH(JSON_VALUE(data, '${path}'), SUBSTR(subject, 1, 6)), NULL, JSON_QUERY(data, '${path}'))`;
  const phones =
    "'$.phones', IF(STRPOS(TO_JSON_STRING(JSON_QUERY(data, '$.phones')), CONCAT('\"', SUBSTR(subject, 1, 6))) > 0, NULL, JSON_QUERY(data, '$.phones'))";
  expect(subjects).toContain(
    `data = CASE type WHEN 'shop.order.v1' THEN JSON_SET(data, ${theirs('$.email')}, ${theirs('$.seller.id')}, ${phones}, create_if_missing => FALSE) ELSE data END WHERE`,
  );
  const [deleted, mentions, ...more] = sqlOf(shared, 'rows');
  expect(more).toEqual([]);
  expect(deleted).toMatch(
    /^DELETE FROM `p\.events_raw\.alpha` WHERE event_time >= \S+ AND \(subject IN .* OR source IN /,
  );
  expect(mentions).toContain("AND type = 'shop.order.v1' AND JSON_VALUE(data, '$.seller.id') IN (SELECT pseudonym");
});
