import { expect, test } from 'vitest';
import { makeQuarantineRecords } from '../../../shared/adapters/embedded/duckdb/quarantine-records.ts';
import { formatMicros } from '../../../shared/event/time.ts';
import { quarantineColumns } from '../../../shared/quarantine/quarantine-record.ts';
import { openTestWarehouse } from './fixture.ts';

const table = { schema: 'operations', table: 'quarantine' };
const atMillis = Date.UTC(2026, 0, 1, 0, 0, 0, 123);

interface Row {
  readonly seal: string;
  readonly payload?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly sdk?: string;
  readonly receivedAtMillis?: number;
}

/** The quarantine with these rows. */
async function recordsOf(rows: readonly Row[]) {
  const warehouse = await openTestWarehouse();
  await warehouse.ensureTable({ ...table, columns: quarantineColumns });
  const texts = rows.map(({ receivedAtMillis = atMillis, ...row }) =>
    JSON.stringify({
      received_time: formatMicros(receivedAtMillis * 1_000),
      reason: 'unknown-type',
      stage: 'ingest',
      errors: [],
      payload: 'cGF5bG9hZA==',
      ...row,
    }),
  );
  expect(await warehouse.append(table, texts)).toEqual(texts.map(() => ({ kind: 'inserted' })));
  return makeQuarantineRecords({ warehouse, table: 'operations.quarantine' });
}

const unknown = { reason: 'unknown-type' };

test('a record is what was stored, once however often its row is there', async () => {
  const row = { seal: 's-1', sdk: 'web', type: 'shop.order.v1' };
  const records = await recordsOf([row, row]);
  const { records: read, nextAfterSeal } = await records.page(unknown, 10);
  expect(read).toEqual([
    {
      ...row,
      reason: 'unknown-type',
      receivedAtMillis: atMillis,
      payload: 'cGF5bG9hZA==',
      recordId: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  expect(nextAfterSeal).toBeUndefined();
  expect(await records.groups({})).toEqual([
    { ...unknown, type: 'shop.order.v1', records: 1, oldestMillis: atMillis, newestMillis: atMillis },
  ]);
});

test('records without SDK and type; two of a seal are two', async () => {
  const records = await recordsOf([
    { seal: 's-1', payload: 'YQ==' },
    { seal: 's-1', payload: 'Yg==' },
  ]);
  const { records: read } = await records.page(unknown, 10);
  expect(new Set(read.map(({ recordId }) => recordId)).size).toBe(2);
  expect(read.every((record) => !('sdk' in record) && !('type' in record))).toBe(true);
});

test('pages hold whole seals, in order, and end', async () => {
  const seals = ['c', 'a', 'b', 'a', 'e', 'd'];
  const records = await recordsOf(
    seals.map((seal, at) => ({ seal, payload: Buffer.from(`${at}`).toString('base64') })),
  );
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const page = await records.page(unknown, 2, after);
    pages.push(page.records.map(({ seal }) => seal));
    after = page.nextAfterSeal;
  } while (after !== undefined);
  expect(pages).toEqual([['a', 'a', 'b'], ['c', 'd'], ['e']]);
});

test('filters by reason and type, quotes included', async () => {
  const records = await recordsOf([
    { seal: 'a', type: 'shop.order.v1' },
    { seal: 'b', type: 'shop.visit.v1' },
    { seal: 'c', type: 'shop.order.v1', reason: 'schema' },
  ]);
  const sealsOf = async (reason: string, type?: string) =>
    (await records.page({ reason, ...(type === undefined ? {} : { type }) }, 10)).records.map(({ seal }) => seal);
  expect(await sealsOf('unknown-type')).toEqual(['a', 'b']);
  expect(await sealsOf('unknown-type', 'shop.visit.v1')).toEqual(['b']);
  expect(await sealsOf('schema')).toEqual(['c']);
  expect(await sealsOf("x' OR 'a' = 'a")).toEqual([]);
});

test('groups count records by reason and type, with the oldest and the newest', async () => {
  const records = await recordsOf([
    { seal: 'a', type: 'shop.order.v1' },
    { seal: 'b', type: 'shop.order.v1', receivedAtMillis: atMillis + 5 },
    { seal: 'c', reason: 'envelope' },
  ]);
  expect(await records.groups({})).toEqual([
    { reason: 'envelope', records: 1, oldestMillis: atMillis, newestMillis: atMillis },
    { reason: 'unknown-type', type: 'shop.order.v1', records: 2, oldestMillis: atMillis, newestMillis: atMillis + 5 },
  ]);
});
