import { expect, test } from 'vitest';
import { oneAfterAnother } from '../../../infra/local/page-queries.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openTestWarehouse } from '../duckdb/fixture.ts';

const limits = { maxRows: 1, timeoutMillis: 60_000 };

test('as many queries as pages like are answered, while one that people run has its place', async () => {
  const warehouse = await openTestWarehouse();
  const source = oneAfterAnother(warehouse);
  const numbers = Array.from({ length: 12 }, (_, number) => number);
  const [own, ...asked] = await Promise.all([
    runReadOnlyQuery(warehouse, 'SELECT -1', limits),
    ...numbers.map((number) => runReadOnlyQuery(source, `SELECT ${number}`, limits)),
  ]);
  expect(own).toMatchObject({ kind: 'rows', rows: [[-1]] });
  expect(asked.map((outcome) => outcome.kind === 'rows' && outcome.rows)).toEqual(numbers.map((number) => [[number]]));
});

test('a query that is refused or fails leaves its place to the next', async () => {
  const warehouse = await openTestWarehouse();
  let failures = 2;
  const source = oneAfterAnother({
    async leaseQuery() {
      failures -= 1;
      if (failures === 1) throw new Error('the database has failed');
      return failures === 0 ? undefined : warehouse.leaseQuery();
    },
  });
  await expect(source.leaseQuery()).rejects.toThrow('the database has failed');
  expect(await runReadOnlyQuery(source, 'SELECT 1', limits)).toMatchObject({ kind: 'refused' });
  expect(await runReadOnlyQuery(source, 'SELECT 1', limits)).toMatchObject({ kind: 'rows' });
});
