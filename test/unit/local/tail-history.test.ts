import { expect, test } from 'vitest';
import { readTailHistory, rowIdentity, tailHistory } from '../../../infra/local/tail-history.ts';
import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { openTestWarehouse } from '../duckdb/fixture.ts';
import { column, eventColumns, eventRow } from '../duckdb/rows.ts';

const quarantine = { schema: 'operations', table: 'quarantine' };
const typed = [...eventColumns, column('type', 'STRING')];
const refused = [
  column('record_key', 'STRING'),
  column('type', 'STRING'),
  column('received_time', 'TIMESTAMP'),
  column('kept_time', 'TIMESTAMP'),
];

/** Two types with tables, one in alpha, and the quarantine; a row each second. */
async function filled(): Promise<Warehouse> {
  const warehouse = await openTestWarehouse();
  const raw = (table: string) => ({ schema: 'events_raw', table });
  for (const [table, columns] of [
    ['shop_sale_v1', eventColumns],
    ['shop_cart_v1', eventColumns],
    ['alpha', typed],
  ] as const) {
    await warehouse.ensureTable({ ...raw(table), columns });
  }
  await warehouse.append(raw('shop_sale_v1'), [eventRow('a', 1, 1), eventRow('b', 2, 4)]);
  await warehouse.append(raw('shop_cart_v1'), [eventRow('c', 3, 2)]);
  const inAlpha = (key: string, type: string, second: number) =>
    JSON.stringify({ ...JSON.parse(eventRow(key, 4, second)), type });
  await warehouse.append(raw('alpha'), [inAlpha('d', 'shop.try.v1', 3), inAlpha('e', 'shop.other.v1', 6)]);
  await warehouse.ensureTable({ ...quarantine, columns: refused });
  const record = { record_key: 'q', type: 'shop.sale.v1', received_time: '2026-01-02T03:05:05Z' };
  await warehouse.append(quarantine, [JSON.stringify({ ...record, kept_time: '2026-01-02T03:05:06Z' })]);
  return warehouse;
}

async function keys(request: Parameters<typeof tailHistory>[1]): Promise<string[]> {
  const rows = await tailHistory(await filled(), request);
  return rows.map(({ row }) => {
    const { event_key, record_key } = JSON.parse(row);
    return event_key ?? record_key;
  });
}

test('the latest rows of all tables and of the quarantine come in the order in which they were received', async () => {
  expect(await keys({ last: 100, rejected: false })).toEqual(['a', 'c', 'd', 'b', 'q', 'e']);
  expect(await keys({ last: 2, rejected: false })).toEqual(['q', 'e']);
  expect(await keys({ last: 0, rejected: false })).toEqual([]);
});

test('those of one type are of its table, of the quarantine, and of what alpha types share', async () => {
  expect(await keys({ last: 100, type: 'shop.sale.v1', rejected: false })).toEqual(['a', 'b', 'q']);
  expect(await keys({ last: 100, type: 'shop.try.v1', rejected: false })).toEqual(['d']);
  expect(await keys({ last: 100, rejected: true })).toEqual(['q']);
  expect(await keys({ last: 100, type: 'shop.cart.v1', rejected: true })).toEqual([]);
});

test('where no table is there yet, there is no history', async () => {
  expect(await tailHistory(await openTestWarehouse(), { last: 5, rejected: false })).toEqual([]);
});

test('a row that was told as it was written is the same one when it is read again', async () => {
  const [read] = await tailHistory(await filled(), { last: 1, type: 'shop.cart.v1', rejected: false });
  const told = { dataset: 'events_raw', table: 'shop_cart_v1', row: eventRow('c', 3, 2) };
  expect(read && rowIdentity(read)).toBe(rowIdentity(told));
  expect(rowIdentity({ ...told, row: eventRow('x', 3, 2) })).not.toBe(rowIdentity(told));
});

test.each(['last=-1', 'last=x', 'last=1001', 'last=1&type=nonsense', "last=1&type=a.b.v1'"])(
  '%s is not answered',
  (text) => {
    expect(readTailHistory(new URLSearchParams(text))).toBeUndefined();
  },
);
