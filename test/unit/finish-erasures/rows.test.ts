import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { sealAt, startMillis, type TestEvent } from '../../helpers/batches.ts';
import { linkability } from '../../helpers/linking.ts';
import { type RowsWorld, rowsWorld } from '../../helpers/rows-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const [minute, dayMillis] = [60_000, 86_400_000];
const seller = (pointer: string) => ({ realm: 'seller', pointer });
const pseudonymize = { do: 'pseudonymize' };

/** Something of everything that a schema can do with a person's value. */
const properties: JsonObject = {
  article: { type: 'string' },
  email: { type: 'string', treatment: pseudonymize },
  address: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } },
  domain: { type: 'string', treatment: { do: 'tokenize', realm: 'customer', domain: 'mail' } },
  seller: {
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'integer', treatment: { ...pseudonymize, subject: seller('0') } },
      name: { type: 'string', treatment: { ...pseudonymize, subject: seller('1/id') } },
      city: { type: 'string', treatment: { do: 'tokenize', realm: 'seller', domain: 'city', subject: seller('1/id') } },
      since: { type: 'string', format: 'date-time' },
    },
  },
  // Nothing stored says whose it is but its beginning.
  referrer: { type: 'string', treatment: { ...pseudonymize, pad: 16, subject: seller('0') } },
  phones: { type: 'array', items: { type: 'string', treatment: pseudonymize } },
  gifts: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      properties: {
        count: { type: 'integer' },
        card: { type: 'string', treatment: pseudonymize },
        to: { type: 'integer', treatment: { ...pseudonymize, subject: seller('0') } },
      },
    },
  },
  notes: {
    type: 'object',
    propertyNames: { type: 'string', treatment: pseudonymize },
    additionalProperties: { type: 'integer' },
  },
};

const documents = [
  schemaDocument({ type: 'shop.order.v1', properties }),
  schemaDocument({ type: 'shop.trial.v1', properties, edi: { stage: 'alpha' } }),
  schemaDocument({ type: 'shop.visit.v1' }),
];
const types = ['shop.order.v1', 'shop.trial.v1', 'shop.visit.v1'];
const tables = ['shop_order_v1', 'alpha', 'shop_visit_v1'];

const people = Array.from({ length: 24 }, (_, at) => `person-${at}`);
/** Every other one. */
const erased = people.filter((_, at) => at % 2 === 0);

/** Data of a person's event: some of it always the same, some of others, and some that anybody could have sent. */
function dataOf(person: string, next: () => number): JsonObject {
  const number = people.indexOf(person);
  return {
    article: `article ${Math.floor(next() * 40)}`,
    email: `${person}@example.com`,
    address: `10.0.${number}.7`,
    domain: `domain-${number}`,
    seller: {
      id: Math.floor(next() * 24),
      name: 'a seller',
      city: 'a city',
      since: '2020-01-01T00:00:00Z',
    },
    phones: [`+49 ${number}`, '+49 100'],
    gifts: [{ count: 1, card: `card ${number}`, to: 7 }],
    notes: { [`note ${number}`]: 1 },
  };
}

/** Requests of everybody, with rows of each type, by 2 installations each. Answers whose each row is, by its key. */
async function fill(world: RowsWorld): Promise<ReadonlyMap<string, string>> {
  const random = createSeededRandom(7);
  const next = () => Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32;
  const owners = new Map<string, string>();
  const seen = new Map(tables.map((table) => [table, 0]));
  for (const [round, person] of [0, 1, 2].flatMap((at) => people.map((one) => [at, one] as const))) {
    const receivedAtMillis = startMillis + Math.floor(next() * 50) * minute + round;
    const events = types.flatMap((type) =>
      [0, 1].map(
        (at): TestEvent => ({
          id: randomUUID(),
          type,
          source: `${person}-${round % 2}`,
          subject: person,
          sequence: round * 2 + at,
          timeMillis: startMillis - Math.floor(next() * dayMillis),
          data: type === 'shop.visit.v1' ? {} : dataOf(person, next),
        }),
      ),
    );
    const seal = sealAt(receivedAtMillis, round * 100 + people.indexOf(person));
    expect(
      await world.deliver({ seal, receivedAtMillis, sentAtMillis: receivedAtMillis - 700 - round, segments: [events] }),
    ).toBe('done');
    for (const [sink, table] of [
      ['shop.order.v1', 'shop_order_v1'],
      ['alpha', 'alpha'],
      ['shop.visit.v1', 'shop_visit_v1'],
    ] as const) {
      const rows = world.rowsOf(sink);
      for (const { event_key } of rows.slice(seen.get(table))) owners.set(String(event_key), person);
      seen.set(table, rows.length);
    }
  }
  await world.fillTables();
  return owners;
}

async function pseudonymsOf(world: RowsWorld, owners: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const rows = await world.stored('shop_visit_v1');
  return new Map(rows.map(({ event_key, subject }) => [owners.get(String(event_key)) ?? '', String(subject)]));
}

async function ownedRows(world: RowsWorld, owners: ReadonlyMap<string, string>, table: string) {
  const rows = await world.stored(table);
  return rows.map((row) => ({ owner: owners.get(String(row['event_key'])) ?? '', row }));
}

const byKey = (rows: readonly JsonObject[]) => new Map(rows.map((row) => [String(row['event_key']), row]));

test('rows that are unlinked cannot be linked better than by chance, those of others are as they were', async () => {
  const world = await rowsWorld(documents);
  const owners = await fill(world);
  const pseudonyms = await pseudonymsOf(world, owners);
  const before = new Map<string, JsonObject[]>();
  for (const table of tables) before.set(table, await world.stored(table));
  const isErased = ({ owner }: { readonly owner: string }) => erased.includes(owner);
  for (const table of tables) {
    const rows = (await ownedRows(world, owners, table)).filter(isErased);
    expect(rows).toHaveLength(erased.length * 6);
    expect(linkability(rows)).toBeGreaterThan(0.99);
  }
  await world.remember(
    'unlink',
    erased.map((person) => pseudonyms.get(person) ?? ''),
  );
  expect(await world.finish()).toEqual({ kind: 'swept', rows: erased.length * 6 * tables.length });
  for (const table of tables) {
    const after = await ownedRows(world, owners, table);
    const own = after.filter(isErased);
    expect(own).toHaveLength(erased.length * 6);
    const area = linkability(own);
    expect(area).toBeGreaterThan(0.46);
    expect(area).toBeLessThan(0.54);
    const others = byKey(after.filter((one) => !isErased(one)).map(({ row }) => row));
    expect(others.size).toBe((people.length - erased.length) * 6);
    for (const row of before.get(table) ?? []) {
      const same = others.get(String(row['event_key']));
      if (same !== undefined) expect(same).toEqual(row);
    }
  }
  const [row] = (await ownedRows(world, owners, 'shop_order_v1')).filter(isErased);
  const data: JsonValue | undefined = row?.row['data'];
  // What is nobody's, and what is another's, stays.
  expect(data).toMatchObject({
    article: expect.any(String),
    seller: { id: expect.any(String), name: expect.any(String), since: '2020-01-01T00:00:00.000000Z' },
  });
  expect(data).toMatchObject({ email: null, address: null, domain: null });
});

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
