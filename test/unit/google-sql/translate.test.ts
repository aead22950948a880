import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { translate } from '../../../infra/local/google-sql/translate.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse, type Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await openWarehouse({ path: ':memory:' });
  return () => warehouse.close();
});

async function ask(sql: string): Promise<unknown> {
  const outcome = await runReadOnlyQuery(warehouse, translate(sql), { maxRows: 100, timeoutMillis: 15_000 });
  return outcome.kind === 'rows' ? outcome.rows : outcome.reason;
}

/** A row with what the tables have, under a name. */
const sample =
  "WITH t AS (SELECT TIMESTAMPTZ '2026-11-29 10:11:12.5+00' AS ts, DATE '2026-11-29' AS d, [5, 6] AS xs, " +
  "[{'a': 1}, {'a': 2}] AS items, JSON '{\"k\": \"v\", \"n\": [1]}' AS data, 'a b' AS s)";

describe('spellings of BigQuery run locally', () => {
  test.each<[string, unknown]>([
    // Instants.
    ['CAST(TIMESTAMP_SUB(ts, INTERVAL 90 MINUTE) AS VARCHAR)', '2026-11-29 08:41:12.5+00'],
    ['CAST(TIMESTAMP_ADD(ts, INTERVAL 1 + 1 DAY) AS VARCHAR)', '2026-12-01 10:11:12.5+00'],
    ['CAST(TIMESTAMP_TRUNC(ts, HOUR) AS VARCHAR)', '2026-11-29 10:00:00+00'],
    // The 29th is a Sunday, on which a week begins.
    ['CAST(TIMESTAMP_TRUNC(ts, WEEK) AS VARCHAR)', '2026-11-29 00:00:00+00'],
    ['CAST(TIMESTAMP_TRUNC(ts, WEEK(MONDAY)) AS VARCHAR)', '2026-11-23 00:00:00+00'],
    ['CAST(TIMESTAMP_TRUNC(ts, ISOWEEK) AS VARCHAR)', '2026-11-23 00:00:00+00'],
    ["CAST(TIMESTAMP_TRUNC(ts, DAY, 'Asia/Kolkata') AS VARCHAR)", '2026-11-28 18:30:00+00'],
    ["TIMESTAMP_DIFF(ts, TIMESTAMP '2026-11-29 08:30:00', HOUR)", 1],
    ["TIMESTAMP_DIFF(ts, TIMESTAMP('2026-11-29 08:30:00'), MINUTE)", 101],
    ['CURRENT_TIMESTAMP() > ts OR TRUE', true],
    ['UNIX_SECONDS(ts)', 1795947072],
    ['UNIX_MILLIS(ts)', 1795947072500],
    ['UNIX_MICROS(ts)', 1795947072500000],
    ['TIMESTAMP_SECONDS(1795947072) < ts', true],
    ['TIMESTAMP_MILLIS(1795947072500) = ts', true],
    ['TIMESTAMP_MICROS(1795947072500000) = ts', true],
    ["FORMAT_TIMESTAMP('%F %T', ts)", '2026-11-29 10:11:12'],
    ["FORMAT_TIMESTAMP('%F %H', ts, 'Asia/Tokyo')", '2026-11-29 19'],
    ["CAST(TIMESTAMP(d, 'Asia/Tokyo') AS VARCHAR)", '2026-11-28 15:00:00+00'],
    // Days.
    ['CAST(DATE(ts) AS VARCHAR)', '2026-11-29'],
    ["CAST(DATE(TIMESTAMP_ADD(ts, INTERVAL 10 HOUR), 'Asia/Tokyo') AS VARCHAR)", '2026-11-30'],
    ['CAST(DATE_SUB(d, INTERVAL 1 MONTH) AS VARCHAR)', '2026-10-29'],
    ['CAST(DATE_ADD(d, INTERVAL 2 DAY) AS VARCHAR)', '2026-12-01'],
    ['CAST(DATE_TRUNC(d, MONTH) AS VARCHAR)', '2026-11-01'],
    ["DATE_DIFF(d, DATE '2026-10-31', MONTH)", 1],
    ["DATE_DIFF(d, DATE '2026-11-28', WEEK)", 1],
    ["DATE_DIFF(d, DATE '2026-11-28', ISOWEEK)", 0],
    ["FORMAT_DATE('%D', d)", '11/29/26'],
    ['EXTRACT(DAYOFWEEK FROM d)', 1],
    ['CAST(EXTRACT(DATE FROM ts) AS VARCHAR)', '2026-11-29'],
    ['EXTRACT(ISOWEEK FROM ts)', 48],
    ['EXTRACT(HOUR FROM ts)', 10],
    // Sundays begin a week, and days before the first are in week 0.
    ['EXTRACT(WEEK FROM d)', 48],
    ["EXTRACT(WEEK FROM DATE '2027-01-02')", 0],
    ["EXTRACT(WEEK FROM TIMESTAMPTZ '2027-01-02 23:30:00+00' AT TIME ZONE 'Europe/Berlin')", 1],
    ['EXTRACT(MILLISECOND FROM ts)', 500],
    ['EXTRACT(MICROSECOND FROM ts)', 500_000],
    // A literal is an instant.
    ["CAST(DATE(TIMESTAMP '2026-11-29 22:00:00+00', 'Asia/Tokyo') AS VARCHAR)", '2026-11-30'],
    ["FORMAT_TIMESTAMP('%F %H', TIMESTAMP '2026-11-29 22:00:00', 'Asia/Tokyo')", '2026-11-30 07'],
    [
      "CAST(TIMESTAMP_TRUNC(TIMESTAMP '2026-11-29 22:00:00+00', DAY, 'Asia/Tokyo') AS VARCHAR)",
      '2026-11-29 15:00:00+00',
    ],
    // Numbers, types, texts, JSON.
    ['SAFE_DIVIDE(1, 0)', null],
    ['SAFE_DIVIDE(3, 2)', 1.5],
    ['DIV(-7, 2)', -3],
    ["CAST('7' AS INT64) + CAST('1.5' AS FLOAT64)", 8.5],
    ["SAFE_CAST('x' AS INT64)", null],
    ["SAFE_CAST('x' AS DATE)", null],
    ["REGEXP_CONTAINS(s, r'^a\\sb$')", true],
    ["REGEXP_EXTRACT(s, r'a (b)')", 'b'],
    ["REGEXP_EXTRACT(s, r'(?:a) b')", 'a b'],
    ["REGEXP_EXTRACT('(x', r'\\([x(]')", '(x'],
    ["REGEXP_EXTRACT(s, r'z')", null],
    ["REGEXP_EXTRACT_ALL('a1b2', r'[a-z](\\d)')", ['1', '2']],
    ["REGEXP_EXTRACT(CAST(NULL AS STRING), r'z')", null],
    ["regexp_extract(s, 'a (b)')", 'a b'],
    ["REGEXP_REPLACE('a-b-c', r'-', '')", 'abc'],
    ["JSON_VALUE(data, '$.k')", 'v'],
    ["JSON_VALUE(data, '$.n')", null],
    ["JSON_VALUE(data, '$.n[0]')", '1'],
    ["JSON_VALUE(data, '$.none')", null],
    ["CAST(JSON_QUERY(data, '$.n') AS VARCHAR)", '[1]'],
    ['TO_JSON_STRING(xs)', '[5,6]'],
    ["BYTE_LENGTH('é€')", 5],
    ["FORMAT('%s: %03d of %.1f', s, xs[OFFSET(0)], 2.25)", 'a b: 005 of 2.2'],
    ["format('{}, 100%', 5)", '5, 100%'],
    ['JSON_VALUE(PARSE_JSON(\'{"a": "b"}\'), \'$.a\')', 'b'],
    // Lists.
    ['xs[OFFSET(0)] * 10 + xs[ORDINAL(2)]', 56],
    ['xs[SAFE_OFFSET(9)]', null],
    ['6 IN UNNEST(xs)', true],
    ['ARRAY_LENGTH(GENERATE_ARRAY(1, 7, 3))', 3],
    ["ARRAY_LENGTH(GENERATE_DATE_ARRAY(d, DATE '2026-12-02'))", 4],
  ])('%s', async (expression, expected) => {
    expect(await ask(`${sample} SELECT ${expression} FROM t`)).toEqual([[expected]]);
  });

  test.each<[string, unknown]>([
    ['SELECT LOGICAL_OR(x > 2), LOGICAL_AND(x > 2), COUNTIF(x > 1) FROM UNNEST([1, 2, 3]) AS x', [[true, false, 2]]],
    ['SELECT APPROX_QUANTILES(x, 2)[OFFSET(1)] FROM UNNEST([1, 2, 3]) AS x', [[2]]],
    [
      'SELECT x, place FROM t, UNNEST(xs) AS x WITH OFFSET AS place ORDER BY place',
      [
        [5, 0],
        [6, 1],
      ],
    ],
    ['SELECT item.a FROM t CROSS JOIN UNNEST(t.items) AS item WHERE item.a > 1', [[2]]],
    ['SELECT x FROM t LEFT JOIN UNNEST(xs) x ORDER BY x', [[5], [6]]],
    ['SELECT * EXCEPT (xs, items, data, ts, d) FROM t', [['a b']]],
    ['SELECT u.* EXCEPT(xs, items, data, ts, d) FROM t AS u', [['a b']]],
    ['SELECT `t`.`s` FROM `t` # the end\n', [['a b']]],
    ['SELECT COUNT(*) FROM (SELECT s FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY s) = 1)', [[1]]],
  ])('%s', async (sql, expected) => {
    expect(await ask(`${sample} ${sql}`)).toEqual(expected);
  });

  test('tables are found, by their names in BigQuery, too', async () => {
    expect(await ask('SHOW TABLES')).toEqual(expect.any(Array));
    expect(translate('FROM `project-1.events.playback_track_played_v1`')).toBe(
      'FROM "events"."playback_track_played_v1"',
    );
  });
});

describe('what is written for DuckDB stays as it is', () => {
  test.each([
    'SELECT sdk, count(*) AS events FROM events.playback_track_played_v1 GROUP BY ALL',
    "SELECT date_diff('day', DATE '2026-01-01', DATE '2026-01-03'), date_trunc('month', DATE '2026-01-05')",
    'SELECT unnest(xs) AS x, 1 AS y FROM t',
    'SELECT u.x FROM t, UNNEST(xs) AS u(x)',
    'FROM t SELECT * EXCEPT (SELECT * FROM t)',
    'SELECT 1 EXCEPT SELECT 2',
    'SELECT a * b FROM t',
    "SELECT 'TIMESTAMP_SUB(x, INTERVAL 1 DAY) `y` # no comment', $$ `z` $$",
    'SELECT "a`b" -- `c`\n, /* `d` */ 2',
    'SELECT #1, #2 FROM t',
    "SELECT list_filter(xs, lambda x: x > 1)[1], {'a': [1]}.a FROM t",
    'SELECT CAST(1 AS TIMESTAMP(6)), extract(hour FROM ts)',
    'SELECT ((1)',
    'SELECT 1)',
    '',
  ])('%s', (sql) => {
    expect(translate(sql)).toBe(sql);
  });

  test('whatever it is, it is answered in time, and what has no word of BigQuery is left alone', () => {
    const word = fc.constantFrom(
      'SELECT',
      'a.b',
      'FROM',
      '(',
      ')',
      '[',
      ']',
      ',',
      "'x''y'",
      '"z"',
      ' ',
      '\n',
      '--',
      '1.5',
      '*',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 200 }), (words) => {
        const sql = words.join('');
        expect(translate(sql)).toBe(sql);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (sql) => typeof translate(sql) === 'string'));
    const deep = `SELECT ${'('.repeat(30_000)}1${')'.repeat(30_000)}`;
    expect(translate(deep)).toBe(deep);
  });
});
