import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { sealAt, startMillis, type TestEvent } from '../../helpers/batches.ts';
import { linkability } from '../../helpers/linking.ts';
import { type RowsWorld, rowsWorld } from '../../helpers/rows-world.ts';
import { documents } from './order-types.ts';

const [minute, dayMillis] = [60_000, 86_400_000];
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
