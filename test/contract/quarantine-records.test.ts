import { expect, test } from 'vitest';
import { makeQuarantineRecords } from '../../shared/adapters/embedded/duckdb/quarantine-records.ts';
import { createMemoryQuarantineRecords } from '../../shared/adapters/memory/quarantine-records.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { quarantineColumns, replayedColumns } from '../../shared/quarantine/quarantine-columns.ts';
import { openTestWarehouse } from '../unit/duckdb/fixture.ts';
import { quarantineRecordsContract, quarantineRow, readAll } from './suites/quarantine-records.ts';

const messagesOf = (rows: readonly JsonObject[]) => () =>
  rows.map((row) => ({ data: Buffer.from(JSON.stringify(row)), attributes: {} }));

quarantineRecordsContract('memory', async (rows, replayed) =>
  createMemoryQuarantineRecords(messagesOf(rows), messagesOf(replayed)),
);

type Bounds = Partial<Parameters<typeof makeQuarantineRecords>[0]>;

async function inDuckDb(rows: readonly JsonObject[], replayed: readonly JsonObject[], bounds: Bounds = {}) {
  const warehouse = await openTestWarehouse();
  for (const [table, columns, of] of [
    ['quarantine', quarantineColumns, rows],
    ['replayed', replayedColumns, replayed],
  ] as const) {
    const name = { schema: 'operations', table };
    await warehouse.ensureTable({ ...name, columns });
    const texts = of.map((row) => JSON.stringify(row));
    expect(await warehouse.append(name, texts)).toEqual(texts.map(() => ({ kind: 'inserted' })));
  }
  const tables = { records: 'operations.quarantine', replayed: 'operations.replayed' };
  return makeQuarantineRecords({ warehouse, tables, ...bounds });
}

quarantineRecordsContract('DuckDB', inDuckDb);
quarantineRecordsContract('DuckDB, a few at a time', (rows, replayed) =>
  inDuckDb(rows, replayed, { maxKeys: 7, maxPageRecords: 3, maxPageBytes: 100 }),
);

test('a page of DuckDB holds no more bytes than allowed, but for a single record', async () => {
  const rows = [10, 10, 500, 10, 10, 10].map((length, at) =>
    quarantineRow({ seal: `s-${at}`, record_key: `k-${at}`, payload: 'x'.repeat(length) }),
  );
  const records = await inDuckDb(rows, [], { maxPageBytes: 25 });
  const pages: number[][] = [];
  for await (const page of records.read({})) pages.push(page.map(({ payload }) => payload.length));
  expect(pages).toEqual([[10, 10], [500], [10, 10], [10]]);
  expect(await readAll(records)).toHaveLength(6);
});
