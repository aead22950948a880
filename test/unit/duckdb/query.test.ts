import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openReadOnlyFile, runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { openSampleWarehouse, openTestWarehouse, query, rowsOf } from './fixture.ts';
import { eventColumns, eventRow, eventTable } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const table = 'events_raw.shop_sale_v1';

describe('what runs', () => {
  it.each<[string, unknown]>([
    ['SELECT event_key FROM events.shop_sale_v1 ORDER BY 1', [['a'], ['b']]],
    ['FROM events.shop_sale_v1 SELECT count(*);', [[2]]],
    ['-- how many?\nWITH x AS (SELECT 1 AS a) SELECT a FROM x', [[1]]],
    ['VALUES (1), (2)', [[1], [2]]],
    ['SELECT x FROM range(3) t(x) QUALIFY row_number() OVER (ORDER BY x DESC) = 1', [[2]]],
    ['SELECT unnest([1, 2])', [[1], [2]]],
    ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT sum(n) FROM r', [[6]]],
    ['SELECT key, value FROM json_each(\'{"a":1}\')', [['a', 1]]],
    [`SELECT list_transform([1, 2], lambda x: x + 1)`, [[[2, 3]]]],
    [`SELECT column_name FROM (DESCRIBE ${table}) LIMIT 1`, [['event_key']]],
    [`SELECT max FROM (SUMMARIZE ${table}) WHERE column_name = 'event_key'`, [['b']]],
    ["SELECT table_schema FROM information_schema.tables WHERE table_type = 'VIEW'", [['events']]],
    [`FROM (PIVOT (SELECT event_key FROM ${table}) ON event_key IN ('a', 'b') USING count(*)) SELECT a, b`, [[2, 1]]],
  ])('%s', async (sql, rows) => {
    expect(await rowsOf(await openSampleWarehouse(), sql)).toEqual(rows);
  });

  it.each([
    `DESCRIBE ${table}`,
    `SHOW TABLES FROM events`,
    `SHOW ALL TABLES`,
    `SUMMARIZE ${table}`,
    `EXPLAIN SELECT * FROM ${table}`,
    `EXPLAIN ANALYZE SELECT * FROM ${table}`,
    `explain (format json) FROM ${table}`,
  ])('%s', async (sql) => {
    expect(await rowsOf(await openSampleWarehouse(), sql)).not.toEqual([]);
  });

  it('gives repeated column names apart', async () => {
    const outcome = await query(await openTestWarehouse(), 'SELECT 1 AS a, 2 AS a');
    expect(outcome).toMatchObject({ columns: [{ name: 'a', type: 'INTEGER' }, { name: 'a:1' }], rows: [[1, 2]] });
  });
});

describe('values as JSON', () => {
  it.each<[string, unknown]>([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', '9007199254740993'],
    ['(-9007199254740993)::HUGEINT', '-9007199254740993'],
    ['1.5', 1.5],
    ['12345678901234567890.5', '12345678901234567890.5'],
    ["'nan'::DOUBLE", 'NaN'],
    ["'-inf'::DOUBLE", '-Infinity'],
    ["TIMESTAMPTZ '2026-01-02 03:04:05.000006+02'", '2026-01-02T01:04:05.000006Z'],
    ["TIMESTAMPTZ '1969-12-31 23:59:59.999999Z'", '1969-12-31T23:59:59.999999Z'],
    ["TIMESTAMPTZ 'infinity'", 'infinity'],
    ["TIMESTAMP '2026-01-02 03:04:05'", '2026-01-02T03:04:05.000000'],
    ["TIMESTAMP '12345-01-02 03:04:05'", '12345-01-02 03:04:05'],
    ["DATE '2026-01-02'", '2026-01-02'],
    ["DATE 'infinity'", 'infinity'],
    ["TIME '03:04:05.000006'", '03:04:05.000006'],
    ["INTERVAL '1 year 2 days 3 seconds'", '1 year 2 days 00:00:03'],
    ["'\\x00\\xFF'::BLOB", 'AP8='],
    ["'5fce6481-a4f3-4bc1-b73a-0281ff1ea37d'::UUID", '5fce6481-a4f3-4bc1-b73a-0281ff1ea37d'],
    ["{'a': 1, 'c': [{'b': NULL}]}", { a: 1, c: [{ b: null }] }],
    ["{'a': '{\"x\":[1]}'::JSON}", { a: { x: [1] } }],
    ["MAP {'k': 1}", { k: 1 }],
    ['MAP {1: [2]}', [{ key: 1, value: [2] }]],
    ['[1, 2]::INTEGER[2]', [1, 2]],
    ["union_value(x := DATE '2026-01-02')", '2026-01-02'],
    ["'a\\u0000b' || chr(27)", `a\\u0000b\u001b`],
    ["chr(65279) || 'x'", '\ufeffx'],
    ["[chr(65279) || 'a text of more than twelve bytes']", ['\ufeffa text of more than twelve bytes']],
    ['NULL', null],
  ])('%s', async (sql, value) => {
    expect(await rowsOf(await openTestWarehouse(), `SELECT ${sql}`)).toEqual([[value]]);
  });

  it('works in UTC, whatever the time zone of the machine', async () => {
    const sql = "SELECT current_setting('TimeZone'), strftime(TIMESTAMPTZ '2026-07-01 00:30:00Z', '%d %H')";
    expect(await rowsOf(await openTestWarehouse(), sql)).toEqual([['UTC', '01 00']]);
  });
});

describe('bounds', () => {
  it('cuts at maxRows and says so', async () => {
    const warehouse = await openTestWarehouse();
    const run = (sql: string, maxRows: number) => runReadOnlyQuery(warehouse, sql, { maxRows, timeoutMillis: 10_000 });
    expect(await run('FROM range(4)', 3)).toMatchObject({ rows: [[0], [1], [2]], truncated: true });
    expect(await run('FROM range(3)', 3)).toMatchObject({ rows: [[0], [1], [2]], truncated: false });
    expect(await run('FROM range(5000)', 2_049)).toMatchObject({ truncated: true });
    expect(await run('FROM range(3)', 0)).toMatchObject({ rows: [], truncated: true });
  });

  it('reads no more of ten million rows than it answers with', async () => {
    const warehouse = await openTestWarehouse();
    const before = process.memoryUsage().rss;
    const sql = "SELECT x, repeat('y', 1000) FROM range(10000000) t(x)";
    const outcome = await runReadOnlyQuery(warehouse, sql, { maxRows: 1_000, timeoutMillis: 15_000 });
    expect(outcome).toMatchObject({ kind: 'rows', truncated: true });
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it('cuts at maxResultBytes, and refuses when one row is larger', async () => {
    const warehouse = await openTestWarehouse();
    const limits = { maxRows: 1_000_000, timeoutMillis: 15_000, maxResultBytes: 100_000 };
    const cut = await runReadOnlyQuery(warehouse, "SELECT repeat('y', 1000) FROM range(1000000)", limits);
    expect(cut).toMatchObject({ kind: 'rows', truncated: true });
    expect(cut.kind === 'rows' ? cut.rows.length : 0).toBe(99);
    for (const sql of [
      'SELECT list(x) FROM range(200000) t(x)',
      "SELECT {'a': [{'b': list(x)}]} FROM range(200000) t(x)",
      "SELECT repeat('y', 1000000)",
    ]) {
      expect(await runReadOnlyQuery(warehouse, sql, limits)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('the first row alone'),
      });
    }
  });

  it('interrupts what takes too long, and goes on', async () => {
    const warehouse = await openSampleWarehouse();
    const huge = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';
    for (const sql of [huge, `EXPLAIN ANALYZE ${huge}`]) {
      expect(await runReadOnlyQuery(warehouse, sql, { maxRows: 1, timeoutMillis: 200 })).toEqual({
        kind: 'refused',
        reason: 'the query took longer than 200 ms and was interrupted',
      });
    }
    expect(await rowsOf(warehouse, 'SELECT count(*) FROM events.shop_sale_v1')).toEqual([[2]]);
  });

  it('keeps DuckDB within its memory', async () => {
    const warehouse = await openTestWarehouse(':memory:', { memoryLimitMebibytes: 64 });
    const outcome = await query(warehouse, 'SELECT list(x) FROM range(100000000) t(x)');
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Out of Memory') });
    expect(await rowsOf(warehouse, 'SELECT 1')).toEqual([[1]]);
  });

  it('runs so many queries at a time, while rows are appended', async () => {
    const warehouse = await openSampleWarehouse();
    const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';
    const running = [1, 2].map(() => runReadOnlyQuery(warehouse, endless, { maxRows: 1, timeoutMillis: 500 }));
    expect(await query(warehouse, 'SELECT 1')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('as many queries as allowed'),
    });
    expect(await warehouse.append(eventTable, [eventRow('c', 1)])).toEqual([{ kind: 'inserted' }]);
    for (const outcome of await Promise.all(running)) expect(outcome.kind).toBe('refused');
    expect(await rowsOf(warehouse, 'SELECT count(*) FROM events.shop_sale_v1')).toEqual([[3]]);
  });

  it('is closed under a running query, which then ends', async () => {
    const warehouse = await openWarehouse({ path: ':memory:' });
    const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';
    const running = runReadOnlyQuery(warehouse, endless, { maxRows: 1, timeoutMillis: 1_000 });
    await warehouse.close();
    expect((await running).kind).toBe('refused');
  });
});

describe('a file that no process writes', () => {
  it('is read, and never changed', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'edi.duckdb');
    const warehouse = await openWarehouse({ path });
    await warehouse.ensureTable({ ...eventTable, columns: eventColumns });
    await warehouse.append(eventTable, [eventRow('a', 1)]);
    await warehouse.close();
    const file = await openReadOnlyFile(path);
    if (file.kind !== 'opened') throw new Error(file.kind);
    const run = (sql: string) => runReadOnlyQuery(file.source, sql, { maxRows: 10, timeoutMillis: 5_000 });
    expect(await run(`SELECT event_key FROM ${table}`)).toMatchObject({ rows: [['a']] });
    for (const sql of [
      `DELETE FROM ${table}`,
      "FROM '/etc/passwd.csv'",
      "FROM read_text('/etc/passwd')",
      'SET threads = 1',
    ]) {
      expect(await run(sql)).toMatchObject({ kind: 'refused' });
    }
    await file.close();
    expect(existsSync(`${path}.wal`)).toBe(false);
  });
});
