import { expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis, type TestEvent } from '../../helpers/batches.ts';
import { rowsWorld } from '../../helpers/rows-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';
import { documents, properties } from './order-types.ts';

const [minute, dayMillis] = [60_000, 86_400_000];
const byKey = (rows: readonly JsonObject[]) => new Map(rows.map((row) => [String(row['event_key']), row]));

/** One event of a type a call, and its row as it is stored then. */
async function small(...more: readonly JsonObject[]) {
  const world = await rowsWorld([...documents, ...more]);
  let sent = 0;
  async function row(event: Omit<TestEvent, 'id'>): Promise<JsonObject> {
    sent += 1;
    const seal = sealAt(startMillis, sent);
    expect(await world.deliver({ seal, segments: [[{ id: `${sent}`, source: `phone-${sent}`, ...event }]] })).toBe(
      'done',
    );
    await world.fillTables();
    const [last] = world.rowsOf(event.type === 'shop.trial.v1' ? 'alpha' : (event.type ?? 'shop.order.v1')).slice(-1);
    return last ?? {};
  }
  const find = async (table: string, { event_key }: JsonObject) =>
    byKey(await world.stored(table)).get(String(event_key));
  return { world, row, find };
}

const selling = (id: number, more: JsonObject = {}): JsonObject => ({
  seller: { id, name: `seller ${id}`, city: `city ${id}`, since: '2020-01-01T00:00:00Z' },
  ...more,
});

test.each([
  ['shop.order.v1', 'shop_order_v1'],
  ['shop.trial.v1', 'alpha'],
] as const)('what speaks of them in rows of others goes, and in lists it stays: %s', async (type, table) => {
  const { world, row, find } = await small();
  const seven = await row({ type, subject: 'anna', data: selling(7, { referrer: '7', gifts: [{ count: 1, to: 7 }] }) });
  const eight = await row({ type, subject: 'anna', data: selling(8, { referrer: '8' }) });
  const before = { seven: await find(table, seven), eight: await find(table, eight) };
  const data = Object(before.seven?.['data']);
  await world.remember('unlink', [data.seller.id]);
  expect(await world.finish()).toMatchObject({ kind: 'swept', rows: 2 });
  const after = Object((await find(table, seven))?.['data']);
  const { id = null, name = null, city = null, since } = after.seller;
  expect([id, name, city, since]).toEqual([null, null, null, data.seller.since]);
  expect(after.referrer ?? null).toBeNull();
  expect(after.gifts).toEqual(data.gifts);
  expect(await find(table, eight)).toEqual(before.eight);
  expect(await find(table, seven)).toMatchObject({ subject: seven['subject'], source: seven['source'] });
});

test('rows are deleted of whom the erasure says so, of no one else, and what speaks of them goes', async () => {
  const { world, row, find } = await small();
  for (const [type, table] of [
    ['shop.order.v1', 'shop_order_v1'],
    ['shop.trial.v1', 'alpha'],
  ] as const) {
    const own = await row({ type, subject: 'jane', data: selling(1) });
    const other = await row({ type, subject: 'joe', data: selling(2) });
    const stays = await find(table, other);
    world.clock.advance(minute);
    await world.remember('rows', [String(own['subject'])]);
    expect(await world.finish()).toMatchObject({ kind: 'swept', rows: 1 });
    expect(await find(table, own)).toBeUndefined();
    expect(await find(table, other)).toEqual(stays);
  }
});

test('an installation: its own rows lose everything, those of people their source and number alone', async () => {
  const { world, row, find } = await small();
  const source = 'tablet';
  const own = await row({ source, sequence: 1, data: { article: 'a', address: '10.1.2.3', phones: ['1'] } });
  const jane = await row({ source, sequence: 2, subject: 'jane', data: { address: '10.1.2.4', phones: ['2'] } });
  const other = await row({ source: 'tv', sequence: 1, data: { address: '10.1.2.3' } });
  const stays = { jane: await find('shop_order_v1', jane), other: await find('shop_order_v1', other) };
  await world.remember('unlink', [String(own['source'])]);
  await world.finish();
  expect(await find('shop_order_v1', own)).toMatchObject({
    ...{ source: null, subject: null, sequence: null },
    data: { article: 'a', address: null, phones: [] },
  });
  expect(await find('shop_order_v1', jane)).toEqual({ ...stays.jane, source: null, sequence: null });
  expect(await find('shop_order_v1', other)).toEqual(stays.other);
});

test('rows in the table of alpha of a type that has left it since', async () => {
  const { world, row, find } = await small();
  const early = await row({
    type: 'shop.trial.v1',
    subject: 'jane',
    data: { email: 'jane@example.com', article: 'a' },
  });
  await world.activate(schemaDocument({ type: 'shop.trial.v1', properties }));
  await world.remember('unlink', [String(early['subject'])]);
  // Its own table is not made yet, and nothing waits for it.
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 1 });
  expect(await find('alpha', early)).toMatchObject({ subject: null, data: { article: 'a' } });
  expect(JSON.stringify(await find('alpha', early))).not.toContain(String(early['subject']).slice(0, 6));
});

test('what comes later goes with the sweeps of later days, and nothing is done before a cutoff or without reason', async () => {
  const { world, row, find } = await small();
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
  const first = await row({ subject: 'jane' });
  await world.remember('unlink', [String(first['subject'])], world.clock.nowMillis() + 9 * minute);
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
  world.clock.advance(9 * minute);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 1 });
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
  // A row that waited in the second line.
  const late = await row({ subject: 'jane' });
  world.clock.advance(dayMillis);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 1 });
  expect(await find('shop_order_v1', late)).toMatchObject({ subject: null });
});

test('a call that runs out of time leaves the other tables to the next, and the sweep is as old as its first table', async () => {
  const { world, row } = await small();
  const own = await row({ subject: 'jane' });
  await world.remember('unlink', [String(own['subject'])]);
  world.clock.advance(minute);
  world.failing.next = (operation) => {
    if (operation === 'change') world.clock.advance(200_000);
  };
  const begun = world.clock.nowMillis();
  const outcome = await world.finish({ maxCallSeconds: 1_000 });
  expect(outcome).toMatchObject({ kind: 'goes-on', tables: 2 });
  delete world.failing.next;
  expect(await world.finish()).toMatchObject({ kind: 'swept' });
  const noted = await world.warehouse.change(
    "SELECT CAST(epoch_ms(MAX(swept_time)) AS BIGINT) FROM erasure.sweeps WHERE what = 'rows'",
    {},
  );
  expect(noted).toBe(begun);
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
});
