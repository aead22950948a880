import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeLocalQueries } from '../../../infra/local/local-queries.ts';
import { defaultQueryBounds } from '../../../infra/local/query-process.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import { fillSample, openTestWarehouse, rowsOf } from '../duckdb/fixture.ts';
import { eventRow, eventTable } from '../duckdb/rows.ts';
import { temporaryFolder } from '../duckdb/temporary-folder.ts';

const nobodyLeaves = new AbortController().signal;
const little = { ...defaultQueryBounds, memoryMebibytes: 384 };
const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';

async function startWorld() {
  const folder = temporaryFolder();
  const warehouse = await openTestWarehouse(join(folder, 'warehouse.duckdb'));
  await fillSample(warehouse);
  const queries = makeLocalQueries(warehouse, folder);
  onTestFinished(() => queries.close());
  return {
    folder,
    warehouse,
    queries,
    async ask(sql: string, bounds = defaultQueryBounds, signal = nobodyLeaves): Promise<JsonObject> {
      const answer = parseJson((await queries.run(sql, bounds, signal)).toString('utf8'));
      if (!isJsonObject(answer)) throw new Error('no JSON object');
      return answer;
    },
  };
}

describe('12: a local query has a memory limit and a time limit', () => {
  test.each([
    ["SELECT length(repeat('x', 3000000000))", 'one value'],
    ["SELECT repeat('x', 1000000000) FROM range(1000)", 'values without end'],
    ['SELECT len(range(100000000))', 'one list'],
    ['SELECT list(x) FROM range(100000000) t(x)', 'a list of many rows'],
    ['SELECT list(x) FROM range(7000000) t(x)', 'a list that the process cannot answer with'],
    ["SELECT string_agg(repeat('x', 1000000), ',') FROM range(5000)", 'a text of many rows'],
    ["SELECT list_transform(range(50000000), lambda x: x::VARCHAR || '-')", 'a list of texts'],
    ["SELECT printf('%2000000000d', 1)", 'a wide number'],
  ])('%s: %s', async (sql) => {
    const { ask, folder, warehouse } = await startWorld();
    const [answer, appended] = await Promise.all([ask(sql, little), warehouse.append(eventTable, [eventRow('c', 1)])]);
    expect(answer).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/384 MiB.*--memory-mebibytes|Out of Range/),
    });
    // What is beside the query goes on.
    expect(appended).toEqual([{ kind: 'inserted' }]);
    expect(await rowsOf(warehouse, 'SELECT count(*) FROM events.shop_sale_v1')).toEqual([[3]]);
    expect(readdirSync(join(folder, 'queries'))).toEqual([]);
  });

  test.each([
    ['a cross join', endless],
    [
      'one value, which DuckDB cannot interrupt',
      "SELECT length(regexp_replace(repeat('ab', 30000000), '(a|b|ab)*c', 'x', 'g'))",
    ],
    [
      'a statement that is only planned',
      `EXPLAIN FROM ${Array.from({ length: 900 }, (__, at) => `range(1) r${at}`).join()}`,
    ],
  ])('%s is ended in time, with what to do', async (_, sql) => {
    const { ask, warehouse } = await startWorld();
    const answer = await ask(sql, { ...defaultQueryBounds, seconds: 1 });
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/longer than 1 s.*--seconds/) });
    expect(await rowsOf(warehouse, 'SELECT 1')).toEqual([[1]]);
  });

  test('it sees what is written so far, through views, under the names of the warehouse', async () => {
    const { ask, warehouse } = await startWorld();
    for (const key of ['d', 'e']) {
      await warehouse.append(eventTable, [eventRow(key, 1)]);
      const sql = `SELECT count(*)::INTEGER FROM warehouse.events.shop_sale_v1 WHERE event_key = '${key}'`;
      expect(await ask(sql)).toMatchObject({ kind: 'rows', rows: [[1]] });
    }
    expect(await ask("FROM read_text('/etc/passwd')")).toMatchObject({ kind: 'refused' });
  });

  test('every answer is of one commit, while rows are written without a pause', async () => {
    const { ask, warehouse } = await startWorld();
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver; round++) {
        await warehouse.append(
          eventTable,
          Array.from({ length: 50 }, (_, at) => eventRow(`${round}.${at}`, 1)),
        );
      }
    })();
    const counts: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { rows } = await ask("SELECT count(*)::INTEGER FROM events_raw.shop_sale_v1 WHERE event_key LIKE '%.%'");
      counts.push(Number(Array.isArray(rows) && Array.isArray(rows[0]) ? rows[0][0] : Number.NaN));
    }
    isOver = true;
    await writing;
    expect(counts.filter((count) => count % 50 !== 0)).toEqual([]);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  });

  test('two at a time; who has gone has no query any more, and nothing is left on the disk', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'queries', 'query-old'), { recursive: true });
    writeFileSync(join(folder, 'queries', 'query-old', 'warehouse.duckdb'), 'left by a killed process');
    const warehouse = await openTestWarehouse(join(folder, 'warehouse.duckdb'));
    const queries = makeLocalQueries(warehouse, folder);
    expect(existsSync(join(folder, 'queries'))).toBe(false);
    const gone = new AbortController();
    const running = [1, 2].map(() => queries.run(endless, defaultQueryBounds, gone.signal));
    const third = await queries.run('SELECT 1', defaultQueryBounds, nobodyLeaves);
    expect(third.toString()).toContain('as many queries as allowed');
    gone.abort();
    await Promise.all(running);
    expect(readdirSync(join(folder, 'queries'))).toEqual([]);
    const last = queries.run(endless, defaultQueryBounds, nobodyLeaves);
    await queries.close();
    await last;
    expect(readdirSync(join(folder, 'queries'))).toEqual([]);
  });
});
