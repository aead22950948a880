import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryRows } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse, type Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { fillSample, query, rowsOf } from './fixture.ts';

const table = 'events_raw.shop_sale_v1';

describe('what is refused, leaving no trace', () => {
  let folder: string;
  let warehouse: Warehouse;
  let before: QueryRows['rows'];
  let filesBefore: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edi-duckdb-'));
    warehouse = await openWarehouse({ path: join(folder, 'edi.duckdb') });
    await fillSample(warehouse);
    before = await rowsOf(warehouse, traces);
    filesBefore = readdirSync(folder);
  });

  afterAll(async () => {
    await warehouse.close();
    rmSync(folder, { recursive: true });
  });

  /** All that a statement could have changed, as a query can see it. */
  const traces = `SELECT
    (SELECT list(t ORDER BY t) FROM (SELECT schema_name, table_name, temporary, sql, comment FROM duckdb_tables()) t),
    (SELECT list(t ORDER BY t) FROM (SELECT schema_name, view_name, sql FROM duckdb_views()) t),
    (SELECT list(t ORDER BY t) FROM (SELECT database_name, schema_name FROM duckdb_schemas()) t),
    (SELECT count(*) FROM duckdb_functions()),
    (SELECT count(*) FROM duckdb_logs),
    (SELECT list(t ORDER BY t) FROM ${table} t),
    current_setting('threads'), current_setting('enable_external_access'), current_setting('enable_logging')`;

  it.each([
    `INSERT INTO ${table} SELECT * FROM ${table}`,
    `WITH x AS (SELECT * FROM ${table}) INSERT INTO ${table} SELECT * FROM x`,
    `UPDATE ${table} SET event_key = 'x'`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
    `MERGE INTO ${table} t USING (SELECT 'a' AS k) s ON s.k = t.event_key WHEN MATCHED THEN DELETE`,
    'CREATE TABLE events.x (a INTEGER)',
    'CREATE TEMP TABLE x (a INTEGER)',
    'CREATE TABLE memory.x (a INTEGER)',
    'CREATE VIEW events.x AS SELECT 1',
    'CREATE MACRO x() AS 1',
    'CREATE TEMP MACRO x() AS 1',
    'CREATE SECRET x (TYPE s3)',
    'CREATE SEQUENCE x',
    `CREATE INDEX x ON ${table} (event_key)`,
    `DROP TABLE ${table}`,
    'DROP SCHEMA events CASCADE',
    `ALTER TABLE ${table} ADD COLUMN x INTEGER`,
    `COMMENT ON TABLE ${table} IS 'x'`,
    `COPY ${table} TO 'FOLDER/out.csv'`,
    `COPY ${table} TO 'FOLDER/edi.duckdb.tmp/out.csv'`,
    `COPY (SELECT 1) TO '/dev/stdout'`,
    `COPY ${table} FROM '/etc/passwd'`,
    "EXPORT DATABASE 'FOLDER/export'",
    "IMPORT DATABASE 'FOLDER/export'",
    "ATTACH 'FOLDER/other.duckdb'",
    "ATTACH ':memory:' AS other",
    'DETACH edi',
    'USE events',
    'INSTALL httpfs',
    'LOAD httpfs',
    "LOAD 'FOLDER/x.duckdb_extension'",
    'UPDATE EXTENSIONS',
    'SET threads = 1',
    'SET VARIABLE x = 1',
    'SET GLOBAL enable_external_access = true',
    'RESET threads',
    'PRAGMA threads = 1',
    'PRAGMA database_list',
    'PRAGMA enable_profiling',
    'CALL pragma_version()',
    'CALL enable_logging()',
    'CALL force_checkpoint()',
    'CHECKPOINT',
    'FORCE CHECKPOINT',
    'VACUUM',
    'ANALYZE',
    'BEGIN',
    'COMMIT',
    'ROLLBACK',
    'PREPARE x AS SELECT 1',
    'EXECUTE x',
    'DEALLOCATE x',
    `SELECT 1; DROP TABLE ${table}`,
    'SELECT 1; SELECT 2',
    `DROP TABLE ${table}; SELECT 1`,
    `/* SELECT */ DROP TABLE ${table}`,
    `SELECT 1 -- ;\n; DELETE FROM ${table}`,
    `EXPLAIN ANALYZE INSERT INTO ${table} SELECT * FROM ${table}`,
    `EXPLAIN ANALYZE DELETE FROM ${table}`,
    `EXPLAIN (ANALYZE, FORMAT json) DELETE FROM ${table}`,
    `EXPLAIN DROP TABLE ${table}`,
    `EXPLAIN ANALYZE CREATE TABLE events.x AS SELECT 1`,
    'EXPLAIN ANALYZE SELECT * FROM enable_logging()',
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_ndjson_objects('/etc/passwd')",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM parquet_metadata('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_blob('FOLDER/edi.duckdb')",
    "SELECT * FROM read_text('FOLDER/edi.duckdb.wal')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "FROM '/etc/passwd'",
    "FROM '/etc/passwd.csv'",
    "FROM 'FOLDER/edi.duckdb'",
    "DESCRIBE 'FOLDER/edi.duckdb'",
    "SUMMARIZE '/etc/passwd.csv'",
    "FROM 'https://example.com/x.csv'",
    "FROM read_csv('https://example.com/x.csv')",
    "FROM read_duckdb('FOLDER/edi.duckdb')",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "WITH x AS MATERIALIZED (FROM read_text('/etc/passwd')) SELECT 1 WHERE EXISTS (FROM x)",
    "SELECT getenv('HOME')",
    'FROM duckdb_secrets()',
    'FROM duckdb_settings()',
    "FROM which_secret('x', 'y')",
    "FROM query('SELECT 1')",
    `FROM query('DROP TABLE ${table}')`,
    "FROM query('FROM enable_logging()')",
    `FROM query_table('${table}')`,
    "FROM query_table('/etc/passwd')",
    "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 42'))",
    "PRAGMA json_execute_serialized_sql('{}')",
    'FROM checkpoint()',
    'FROM force_checkpoint()',
    'FROM enable_logging()',
    'FROM ENABLE_LOGGING()',
    'FROM "enable_logging"()',
    'FROM system.main.enable_logging()',
    'SELECT 1 WHERE EXISTS (FROM enable_logging())',
    'DESCRIBE FROM enable_logging()',
    "SELECT write_log('x')",
    "SELECT system.main.write_log('x')",
    "SELECT 'x'.write_log()",
    'FROM truncate_duckdb_logs()',
    "FROM enable_profiling(save_location := 'FOLDER/profile')",
    "SELECT nextval('x')",
    'SELECT * FROM arrow_scan(1, 2, 3)',
    'SELECT * FROM seq_scan()',
    'SELECT $1',
    'SELECT 1 INTO x',
    'this is no SQL',
    '',
    ' ; ',
    '-- nothing',
  ])('%s', async (statement) => {
    const outcome = await query(warehouse, statement.replaceAll('FOLDER', folder));
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringMatching(/\S/) });
    expect(await rowsOf(warehouse, traces)).toEqual(before);
    expect(readdirSync(folder)).toEqual(filesBefore);
  });

  it('a statement that is too long', async () => {
    expect(await query(warehouse, `SELECT '${'x'.repeat(65_536)}'`)).toMatchObject({ kind: 'refused' });
  });

  it.each(['(', '[', 'NOT ', 'abs(', '1+'])('nesting without end: %s', async (text) => {
    expect(await query(warehouse, `SELECT ${text.repeat(60_000 / text.length)}`)).toMatchObject({ kind: 'refused' });
    expect(await rowsOf(warehouse, 'SELECT 1')).toEqual([[1]]);
  });

  it('tells why, in words without native stack traces', async () => {
    expect(await query(warehouse, 'SELECT nope FROM events.shop_sale_v1')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('"nope"'),
    });
    expect(await query(warehouse, 'DROP TABLE x')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('only SELECT'),
    });
  });
});
