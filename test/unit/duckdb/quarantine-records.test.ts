import { expect, test } from 'vitest';
import { makeQuarantineRecords } from '../../../shared/adapters/embedded/duckdb/quarantine-records.ts';
import { formatMicros } from '../../../shared/event/time.ts';
import { quarantineColumns } from '../../../shared/quarantine/quarantine-columns.ts';
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
  readonly record_key?: string;
  readonly sequence?: number;
  readonly sent_at?: string;
}

/** The quarantine with these rows. */
async function recordsOf(rows: readonly Row[]) {
  const warehouse = await openTestWarehouse();
  await warehouse.ensureTable({ ...table, columns: quarantineColumns });
  const texts = rows.map(({ receivedAtMillis = atMillis, ...row }) =>
    JSON.stringify({
      record_key: `key of ${row.seal} ${row.payload ?? ''}`,
      sequence: 0,
      events: 1,
      kept_time: formatMicros(receivedAtMillis * 1_000),
      received_time: formatMicros(receivedAtMillis * 1_000),
      enc: 'ZW5j',
      enc_sequence: 7,
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
      recordKey: 'key of s-1 ',
      sequence: 0,
      enc: 'ZW5j',
      encSequence: 7,
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
  expect(new Set(read.map(({ recordKey }) => recordKey)).size).toBe(2);
  expect(read.every((record) => !('sdk' in record) && !('type' in record))).toBe(true);
});

test('one record under several seals is there once, under the oldest, in groups and in every page', async () => {
  const again = { record_key: 'same bytes' };
  const records = await recordsOf([
    { seal: 'b', ...again },
    { seal: 'c', ...again },
    { seal: 'a', ...again },
    { seal: 'd', record_key: 'others' },
  ]);
  const first = await records.page(unknown, 1);
  const second = await records.page(unknown, 1, first.nextAfterSeal);
  const keysOf = ({ records: page }: typeof first) => page.map(({ seal, recordKey }) => [seal, recordKey]);
  expect([...keysOf(first), ...keysOf(second)]).toEqual([
    ['a', 'same bytes'],
    ['d', 'others'],
  ]);
  expect(await records.groups({})).toMatchObject([{ records: 2 }]);
});

test('within a seal by position; the time of sending is what the client said, to the millisecond', async () => {
  const records = await recordsOf([
    { seal: 'a', record_key: 'x', sequence: 11, sent_at: '0001-01-01T00:00:00.001000Z' },
    { seal: 'a', record_key: 'y', sequence: 9, sent_at: '9999-12-31T23:59:59.999000Z' },
  ]);
  const { records: page } = await records.page(unknown, 10);
  expect(page.map(({ sequence, sentAtMillis }) => [sequence, sentAtMillis])).toEqual([
    [9, Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    [11, Date.parse('0001-01-01T00:00:00.001Z')],
  ]);
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
