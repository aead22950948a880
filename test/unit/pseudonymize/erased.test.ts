import { describe, expect, test } from 'vitest';
import { generationId, keysOf, subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import type { DataSubject } from '../../../shared/event-types/project.ts';
import { sealAt, startMillis, type TestBatch, type TestEvent } from '../../helpers/batches.ts';
import { lookupKey, type PseudonymizeWorld, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { day, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const minute = 60_000;
/** The erasure is a day after the start, and covers what is received in the ten minutes after it. */
const erasedAtMillis = startMillis + day;
const cutoffMillis = erasedAtMillis + 10 * minute;
const afterwards = cutoffMillis + minute;

const jane = { realm: 'customer', subject: 'jane' };
const phone = { realm: 'source', subject: 'installation-1' };
const person = (name: string) => ({ realm: 'user', subject: name });
const treated = { do: 'pseudonymize', subject: { realm: 'user', pointer: '0' } };
const schema = schemaDocument({
  properties: {
    note: { type: 'string', treatment: { do: 'pseudonymize' } },
    seller: { type: 'string', treatment: treated },
    ip: {
      type: 'string',
      format: 'ipv4',
      treatment: { do: 'truncate', to: 'network', subject: { realm: 'user', pointer: '1/seller' } },
    },
    watchers: { type: 'array', items: { type: 'string', treatment: treated } },
    scores: { type: 'object', propertyNames: { treatment: treated }, additionalProperties: { type: 'integer' } },
  },
});
const data = {
  note: 'hello',
  seller: 'sam',
  ip: '192.0.2.7',
  watchers: ['wes', 'sam', 'wim'],
  scores: { sam: 1, wes: 2 },
};

async function erase(world: PseudonymizeWorld, ...subjects: DataSubject[]): Promise<void> {
  await world.records.erase(
    subjects.map((one) => keysOf(lookupKey, subjectKeyId(lookupKey, one))),
    { erasedAtMillis, cutoffMillis },
  );
}

function until(world: PseudonymizeWorld, millis: number): void {
  world.clock.advance(millis - world.clock.nowMillis());
}

let seeds = 0;
const batch = (events: readonly TestEvent[], times: Partial<TestBatch> = {}): TestBatch => {
  return { seal: sealAt(startMillis, ++seeds), segments: [events], receivedAtMillis: afterwards, ...times };
};
const order = (id: string, more: Partial<TestEvent> = {}): TestEvent => {
  return { id, subject: 'jane', timeMillis: afterwards, data, ...more };
};

async function worldAfter(...subjects: DataSubject[]): Promise<PseudonymizeWorld> {
  const world = await pseudonymizeWorld({ schemas: [schema] });
  await world.deliver(
    batch([order('before', { timeMillis: startMillis, sequence: 1 })], { receivedAtMillis: startMillis }),
  );
  await erase(world, ...subjects);
  // Longer than any key is cached.
  until(world, afterwards);
  return world;
}
const dataOf = (world: PseudonymizeWorld, at: number) => Object(world.rowsOf(type)[at]?.['data']);

describe.each([
  ['subject', jane],
  ['source', phone],
])('an event whose %s was erased', (_what, owner) => {
  test.each([
    ['received before the erasure', { receivedAtMillis: startMillis }, startMillis, 'erased.received'],
    ['received before the cutoff', { receivedAtMillis: cutoffMillis - 1 }, afterwards, 'erased.received'],
    ['that happened before the erasure', {}, erasedAtMillis - 1, 'erased.own-time'],
    [
      'that happened before it by the corrected time',
      { sentAtMillis: afterwards + 2 * day },
      erasedAtMillis - 1 + 2 * day,
      'erased.own-time',
    ],
  ])('is dropped and counted: %s', async (_when, times, timeMillis, counter) => {
    const world = await worldAfter(owner);
    expect(await world.deliver(batch([order('a', { timeMillis })], times))).toBe('done');
    expect(world.rowsOf(type)).toHaveLength(1);
    expect(world.counts.get(counter)).toBe(1);
    expect(world.counts.get('erased')).toBe(1);
    expect(world.remainders()).toEqual([]);
    const losses = world.publisher.messagesOf('losses').map(({ data: row }) => JSON.parse(Buffer.from(row).toString()));
    expect(losses).toMatchObject([{ reason: 'erased', type, sdk: 'web', events: 1 }]);
    expect(JSON.stringify(losses)).not.toMatch(/jane|installation/);
  });

  test.each([
    ['received at the cutoff', { receivedAtMillis: cutoffMillis }, erasedAtMillis],
    ['with a clock that was behind and told', { sentAtMillis: afterwards - 3 * day }, afterwards - 3 * day],
  ])('goes on under a key that has nothing to do with the old one: %s', async (_when, times, timeMillis) => {
    const world = await worldAfter(owner);
    expect(await world.deliver(batch([order('a', { timeMillis, sequence: 7 })], times))).toBe('done');
    const [before, after] = world.rowsOf(type);
    const column = owner === jane ? 'subject' : 'source';
    expect(after?.[column]).not.toBe(before?.[column]);
    expect(await world.reveal(owner, after?.[column], 1)).toBe(owner.subject);
    expect(await world.reveal(owner, before?.[column])).toBeUndefined();
    // Of an erased installation there are no numbers that would go on where the old ones end.
    expect([before?.['sequence'], after?.['sequence']]).toEqual([1, owner === jane ? 7 : undefined]);
    expect(world.counts.get('erased') ?? 0).toBe(0);
  });
});

test('an event that cannot be counted is not let go', async () => {
  const world = await worldAfter(jane);
  world.publisher.failNext(1, 'not-stored');
  await expect(world.deliver(batch([order('a')], { receivedAtMillis: startMillis }))).rejects.toThrow(
    /losses fails as told/,
  );
  expect(world.counts.get('erased') ?? 0).toBe(0);
});

test('others stay as they are, and go on when an event beside them is dropped', async () => {
  const world = await worldAfter(jane);
  const early = { receivedAtMillis: startMillis };
  await world.deliver(batch([order('a'), order('b', { subject: 'joe' }), order('c', { subject: 'jim' })], early));
  const [before, ...rows] = world.rowsOf(type);
  expect(rows).toHaveLength(2);
  expect(rows.map((row) => row['source'])).toEqual([before?.['source'], before?.['source']]);
  expect(world.counts.get('delivered')).toBe(3);
});

test("values of an erased person in somebody else's event are left out, in lists and keys too", async () => {
  const world = await worldAfter(person('sam'));
  await world.deliver(
    batch([order('early'), order('late', { timeMillis: startMillis })], { receivedAtMillis: startMillis }),
  );
  await world.deliver(batch([order('old', { timeMillis: startMillis }), order('new')]));
  const [before, early, late, old, later] = [0, 1, 2, 3, 4].map((at) => dataOf(world, at));
  for (const covered of [early, late, old]) {
    expect(covered).toEqual({
      note: before.note,
      watchers: [before.watchers[0], before.watchers[2]],
      scores: expect.any(String),
    });
    expect(Object.values(JSON.parse(covered.scores))).toEqual([2]);
  }
  expect(later).toMatchObject({ note: before.note, ip: '192.0.2.0' });
  expect(await world.reveal(person('sam'), later.seller, 1)).toBe('sam');
  expect(later.watchers[1]).toBe(later.seller);
  expect(later.seller).not.toBe(before.seller);
  expect(await world.reveal(person('sam'), before.seller)).toBeUndefined();
});

test('a key that was cached before the erasure is used for the time of the cache alone', async () => {
  const world = await pseudonymizeWorld({ schemas: [schema] });
  const send = (id: string) =>
    world.deliver(
      batch([order(id, { timeMillis: world.clock.nowMillis() })], { receivedAtMillis: world.clock.nowMillis() }),
    );
  until(world, erasedAtMillis - 1_000);
  await send('a');
  await erase(world, jane);
  world.clock.advance(2_000);
  await send('b');
  const rows = () => world.rowsOf(type).map((row) => row['subject']);
  expect(rows()[1]).toBe(rows()[0]);
  expect(await world.reveal(jane, rows()[1])).toBeUndefined();
  until(world, cutoffMillis);
  await send('c');
  expect(rows()[2]).not.toBe(rows()[0]);
  expect(await world.reveal(jane, rows()[2], 1)).toBe('jane');
});

test('erased again: the second key is gone, too, and a third comes', async () => {
  const world = await worldAfter(jane);
  await world.deliver(batch([order('a')]));
  const second = { erasedAtMillis: afterwards + day, cutoffMillis: afterwards + day + minute };
  await world.records.erase([keysOf(lookupKey, subjectKeyId(lookupKey, jane))], second);
  until(world, second.cutoffMillis);
  const times = { receivedAtMillis: second.cutoffMillis };
  await world.deliver(batch([order('b'), order('c', { timeMillis: second.cutoffMillis })], times));
  const rows = world.rowsOf(type).map((row) => row['subject']);
  expect(new Set(rows).size).toBe(3);
  expect(await Promise.all([0, 1, 2].map((at) => world.reveal(jane, rows[at], at)))).toEqual([
    undefined,
    undefined,
    'jane',
  ]);
  expect(world.counts.get('erased.own-time')).toBe(1);
});

test('an erasure while its subject has a key made: the new key is another', async () => {
  let erasing: (() => Promise<void>) | undefined;
  const world = await pseudonymizeWorld({
    schemas: [schema],
    recordsGate: async (operation) => {
      const due = operation === 'createMissing' ? erasing : undefined;
      if (due === undefined) return;
      erasing = undefined;
      await due();
    },
  });
  until(world, afterwards);
  // First where there was no key at all, then while the key of generation 2 is made.
  for (const generation of [1, 3]) {
    erasing = () => erase(world, jane);
    await world.deliver(batch([order(`e${generation}`)]));
    const row = world.rowsOf(type).at(-1);
    expect(await world.reveal(jane, row?.['subject'], generation)).toBe('jane');
    world.clock.advance(day);
    await erase(world, jane);
    expect(await world.reveal(jane, row?.['subject'], generation)).toBeUndefined();
  }
});

test('only erased people cost a second read, and only for events that are not covered', async () => {
  const reads: number[] = [];
  let calls = 0;
  const world = await pseudonymizeWorld({
    schemas: [schema],
    recordsGate: () => {
      calls++;
    },
  });
  const cost = async (events: readonly TestEvent[], times: Partial<TestBatch> = {}) => {
    calls = 0;
    await world.deliver(batch(events, times));
    reads.push(calls);
  };
  await cost([order('new')]);
  world.clock.advance(day);
  await cost([order('known')]);
  await erase(world, jane);
  until(world, afterwards);
  await cost([order('covered')], { receivedAtMillis: startMillis });
  await cost([order('later')]);
  await cost([order('cached')]);
  world.clock.advance(day);
  await cost([order('erased')]);
  await cost([order('other', { subject: 'joe', source: 'other', data: {} })]);
  // A read and a create; a read; a read; a read and a create; nothing; two reads; a read and a create.
  expect(reads).toEqual([2, 1, 1, 2, 0, 2, 2]);
});

test('a corrupt key of today keeps its own events alone from going on', async () => {
  const world = await worldAfter(jane);
  const id = generationId(lookupKey, subjectKeyId(lookupKey, jane), 1);
  await world.records.createMissing([{ id, encryptedKeyset: Uint8Array.of(1, 2, 3) }]);
  expect(await world.deliver(batch([order('a'), order('b', { subject: 'joe' })]), 'second')).toBe('done');
  expect(world.rowsOf(type)).toHaveLength(2);
  expect(world.quarantined().map(({ row }) => row['reason'])).toEqual(['subject-key']);
});
