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
] as const)('what speaks of them in rows of others goes: %s', async (type, table) => {
  const { world, row, find } = await small();
  const seven = await row({ type, subject: 'anna', data: selling(7, { referrer: '7' }) });
  const eight = await row({ type, subject: 'anna', data: selling(8, { referrer: '8' }) });
  const before = { seven: await find(table, seven), eight: await find(table, eight) };
  const data = Object(before.seven?.['data']);
  await world.remember('unlink', [data.seller.id]);
  expect(await world.finish()).toMatchObject({ kind: 'swept', rows: 2 });
  const after = Object((await find(table, seven))?.['data']);
  const { id = null, name = null, city = null, since } = after.seller;
  expect([id, name, city, since]).toEqual([null, null, null, data.seller.since]);
  expect(after.referrer ?? null).toBeNull();
  expect(await find(table, eight)).toEqual(before.eight);
  expect(await find(table, seven)).toMatchObject({ subject: seven['subject'], source: seven['source'] });
});

const gift = (to: number, by: number, more: JsonObject = {}): JsonObject => ({
  ...{ count: to, card: `card ${to}`, to, name: `name ${to}`, from: 'a seller' },
  parts: [
    { count: 1, by },
    { count: 2, by: 8 },
  ],
  marks: { [String(to)]: 1, 9: 2 },
  ...more,
});
/** Values that an entry of a map can have, and what looks like the end of one. */
const scores: JsonObject = {
  8: [{ a: '}],"' }, null],
  7: { deep: [{ x: ['"', '\\\\', '7":1,'] }, {}], e: '' },
  9: 'text, with }',
};

test.each([
  ['shop.order.v1', 'shop_order_v1', 'unlink'],
  ['shop.trial.v1', 'alpha', 'unlink'],
  ['shop.order.v1', 'shop_order_v1', 'rows'],
  ['shop.trial.v1', 'alpha', 'rows'],
] as const)('in lists, at any depth, and as keys of maps: %s in %s, --%s', async (type, table, what) => {
  const { world, row, find } = await small();
  const mentions = {
    gifts: [gift(8, 7), gift(7, 8, { marks: { 7: 1 } }), gift(7, 7)],
    watchers: [8, 7, 9, 7],
    likers: ['7', '8'],
    scores,
  };
  const [seven, eight, nine] = [
    await row({ type, subject: 'anna', data: selling(7, mentions) }),
    await row({ type, subject: 'anna', data: selling(8, mentions) }),
    await row({ type, subject: 'anna', data: selling(9, { scores: { 9: 1 }, watchers: [8], gifts: [] }) }),
  ];
  const before = { eight: await find(table, eight), nine: await find(table, nine) };
  const stored = { seven: dataOf(await find(table, seven)), eight: dataOf(before.eight) };
  await world.remember(what, [stored.seven.seller.id]);
  expect(await world.finish()).toMatchObject({ kind: 'swept' });
  const [first, second, third] = stored.eight.gifts;
  const without = (map: JsonObject, ...gone: readonly string[]) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !gone.includes(key)));
  const [id] = [stored.seven.seller.id];
  const after = dataOf(await find(table, eight));
  expect(after.gifts).toEqual([
    { ...first, parts: [{ ...first.parts[0], ...gone(type, 'by') }, first.parts[1]] },
    { ...second, ...gone(type, 'to', 'name'), marks: {} },
    {
      ...third,
      ...gone(type, 'to', 'name'),
      parts: [{ ...third.parts[0], ...gone(type, 'by') }, third.parts[1]],
      marks: without(third.marks, id),
    },
  ]);
  expect(after.watchers).toEqual([stored.eight.watchers[0], stored.eight.watchers[2]]);
  expect(after.likers).toEqual([stored.eight.likers[1]]);
  expect(Object.keys(stored.eight.scores)).toContain(id);
  expect(after.scores).toEqual(without(stored.eight.scores, id));
  expect(Object.keys(after.scores)).toHaveLength(2);
  expect({ ...after, gifts: 0, watchers: 0, likers: 0, scores: 0 }).toEqual({
    ...{ ...stored.eight, gifts: 0, watchers: 0, likers: 0, scores: 0 },
  });
  for (const { from } of dataOf(await find(table, seven)).gifts) expect(from ?? null).toBeNull();
  expect(await find(table, nine)).toEqual(before.nine);
  const beginning = String(id).slice(0, 6);
  expect(JSON.stringify(await world.stored(table))).not.toContain(beginning);
  // Nothing is found any more.
  world.clock.advance(dayMillis);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 0 });
});

/** The data of a row, its JSON columns as what they hold. */
function dataOf(row: JsonObject | undefined) {
  const data = Object(row?.['data']);
  return typeof data === 'string' ? JSON.parse(data) : data;
}

/** A RECORD keeps what is empty, JSON does not. */
function gone(type: string, ...names: readonly string[]): Readonly<Record<string, null | undefined>> {
  return Object.fromEntries(names.map((name) => [name, type === 'shop.trial.v1' ? undefined : null]));
}

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

test('pseudonyms are forgotten after 32 days, by a sweep that has looked for the last rows', async () => {
  const { world, row, find } = await small();
  const first = await row({ subject: 'jane' });
  await world.remember('unlink', [String(first['subject'])]);
  world.clock.advance(31 * dayMillis);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 1 });
  const late = await row({ subject: 'jane' });
  world.clock.advance(2 * dayMillis);
  expect(await world.finish()).toEqual({ kind: 'swept', rows: 1 });
  expect(await find('shop_order_v1', late)).toMatchObject({ subject: null });
  expect(await world.warehouse.change('SELECT COUNT(*) FROM erasure.erased_pseudonyms', {})).toBe(0);
  world.clock.advance(dayMillis);
  expect(await world.finish()).toEqual({ kind: 'nothing-due' });
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
