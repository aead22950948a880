import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openEvents } from '../../../shared/batch/batch-events.ts';
import { openBatch } from '../../../shared/batch/sealed-batch.ts';
import { subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { Line } from '../../../shared/http/line.ts';
import type { Message } from '../../../shared/ports/publisher.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import {
  duplicate,
  forwarded,
  marksOf,
  possibleDuplicate,
  sealAt,
  startMillis,
  type TestEvent,
  testNamespace,
} from '../../helpers/batches.ts';
import { lookupKey, type PseudonymizeWorld, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const seal = sealAt(startMillis, 1);
const types = ['shop.order.v1', 'shop.visit.v1', 'shop.return.v1'] as const;
const schemas = types.map((type) => schemaDocument({ type, properties: { amount: { type: 'integer' } } }));
const [orders, visits, returns] = types;
/** Refused by its column, which a schema check would have told. */
const unfit = { data: { amount: 'x' } };

async function corruptKey(world: PseudonymizeWorld, subject: string): Promise<void> {
  const id = subjectKeyId(lookupKey, { realm: 'customer', subject });
  await world.records.createMissing([{ id, encryptedKeyset: new Uint8Array([1, 2, 3]) }]);
}

function only<T>(items: readonly T[]): T {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) throw new Error(`${items.length} instead of one`);
  return item;
}

/** What is in a batch. */
function eventsOf(message: Message): JsonObject[] {
  const opened = openBatch(message);
  if (opened.kind === 'unreadable') throw new Error(opened.problem);
  const events = openEvents(opened);
  if (events.kind === 'unreadable') throw new Error(events.problem);
  return events.events.map((_, at) => JSON.parse(events.textOf(at)));
}
const idsOf = (message: Message) => eventsOf(message).map((event) => event['id']);
const amounts = (world: PseudonymizeWorld, type: string) => world.rowsOf(type).map((row) => Object(row['data']).amount);

describe('an event that fails by itself', () => {
  test('one bad subject key holds nobody else up: 49 of 50 go on at once, and in the second line it is set aside', async () => {
    const world = await pseudonymizeWorld({ schemas });
    await corruptKey(world, 'p7');
    const events = Array.from({ length: 50 }, (_, at) => ({ id: `e${at}`, subject: `p${at}`, data: { amount: at } }));
    expect(await world.deliver({ seal, segments: [events] })).toBe('done');
    expect(world.rowsOf(orders)).toHaveLength(49);
    const remainder = only(world.remainders());
    expect(idsOf(remainder)).toEqual(['e7']);
    for (let attempt = 1; attempt <= 100; attempt++) {
      expect(await world.deliverMessage(remainder)).toBe('unfit-events');
    }
    expect([world.rowsOf(orders).length, world.quarantined().length, world.remainders().length]).toEqual([49, 0, 1]);
    expect(await world.deliverMessage(remainder, 'second')).toBe('done');
    const kept = only(world.quarantined());
    expect(kept.row).toMatchObject({ seal, reason: 'subject-key', stage: 'pseudonymize', sequence: 0 });
    expect(JSON.parse(kept.payload)).toMatchObject({ id: 'e7' });
    expect(world.rowsOf(orders)).toHaveLength(49);
  });

  test('remains with seal, SDK, namespace, times, marks and its own bytes', async () => {
    const world = await pseudonymizeWorld({ schemas });
    const text = `{"id":"c", "type":"${orders}","data":{"amount":"9007199254740993"}}`;
    const segments = [
      [{ id: 'a' }, { id: 'b', ...unfit }],
      [{ id: 'z' }],
      [
        { id: 'd', ...unfit },
        { id: 'c', text },
      ],
    ];
    const marks = [forwarded, { ...possibleDuplicate, beyondLookBack: true }, forwarded, duplicate, forwarded];
    const batch = { seal, sdk: 'phone', receivedAtMillis: startMillis + 5, sentAtMillis: startMillis - 7 } as const;
    expect(await world.deliver({ ...batch, replayed: true, segments, marks })).toBe('done');
    const remainder = only(world.remainders());
    expect(remainder.attributes).toEqual({
      seal,
      sdk: 'phone',
      count: '2',
      encoding: 'zstd',
      format: expect.any(String),
      replayed: 'true',
      namespace: testNamespace,
      marks: '71',
    });
    const opened = openBatch(remainder);
    if (opened.kind === 'unreadable') throw new Error(opened.problem);
    const times = { receivedAtMillis: startMillis + 5, sentAtMillis: startMillis - 7 };
    expect(opened.batch.index.segments).toEqual([expect.objectContaining(times), expect.objectContaining(times)]);
    expect(opened.batch.index.entries.map(({ id, segment }) => [id, segment])).toEqual([
      ['b', 0],
      ['c', 1],
    ]);
    const events = openEvents(opened);
    expect(events.kind === 'events' ? events.textOf(1) : '').toBe(text);
  });

  test('alone in its batch is retried as it is, without a storage operation', async () => {
    let operations = 0;
    const world = await pseudonymizeWorld({ schemas, publishGate: () => void operations++ });
    const segments = [[{ id: 'a', ...unfit }, { id: 'b' }]];
    expect(await world.deliver({ seal, segments, marks: [forwarded, duplicate] })).toBe('unfit-events');
    expect(operations).toBe(0);
  });

  test('is told once for a batch, and counted for each event', async () => {
    const world = await pseudonymizeWorld({ schemas });
    await corruptKey(world, 'p');
    const events = ['a', 'b', 'c'].map((id) => ({ id, subject: 'p' }));
    expect(await world.deliver({ seal, segments: [[...events, { id: 'd' }]] })).toBe('done');
    expect(Object.fromEntries(world.counts)).toMatchObject({ 'event-bugs': 3, delivered: 1, 'published-again': 3 });
  });
});

describe('a topic that refuses', () => {
  const refusing = (refused: Set<string>) => (topic: string) => {
    if (refused.has(topic)) throw new Unavailable('publisher', 'down as told');
  };
  const segments = [
    [
      { id: 'o', data: { amount: 1 } },
      { id: 'v', type: visits, data: { amount: 2 } },
      { id: 'r', type: returns, data: { amount: 3 } },
    ],
  ];

  test('holds up its own events alone: no redelivery publishes the rows of the others again', async () => {
    const refused = new Set([`event.${visits}`]);
    const world = await pseudonymizeWorld({ schemas, publishGate: refusing(refused) });
    expect(await world.deliver({ seal, segments })).toBe('done');
    const remainder = only(world.remainders());
    expect([idsOf(remainder), marksOf(remainder)]).toEqual([['v'], [possibleDuplicate]]);
    const before = world.publisher.published.length;
    for (let attempt = 1; attempt <= 150; attempt++) {
      await expect(world.deliverMessage(remainder, attempt > 100 ? 'second' : 'first')).rejects.toThrow(Unavailable);
    }
    expect(world.publisher.published).toHaveLength(before);
    refused.clear();
    expect(await world.deliverMessage(remainder)).toBe('done');
    expect(types.map((type) => amounts(world, type))).toEqual([[1], [2], [3]]);
    expect(world.rowsOf(visits).map((row) => row['possible_duplicate'])).toEqual([true]);
    expect(world.rowsOf(orders).map((row) => row['possible_duplicate'])).toEqual([false]);
  });

  test('and so do all: the batch is retried as it is, and nothing is published again', async () => {
    const world = await pseudonymizeWorld({
      schemas,
      publishGate: refusing(new Set(types.map((type) => `event.${type}`))),
    });
    await expect(world.deliver({ seal, segments })).rejects.toThrow(Unavailable);
    expect(world.publisher.published).toEqual([]);
  });

  test('never puts an event into quarantine, in the second line neither', async () => {
    const world = await pseudonymizeWorld({ schemas, publishGate: refusing(new Set([`event.${visits}`])) });
    expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
    expect(world.quarantined()).toEqual([]);
    expect(idsOf(only(world.remainders()))).toEqual(['v']);
  });
});

test('rows of the second line, and of what it published again, may be copies', async () => {
  const world = await pseudonymizeWorld({ schemas });
  const segments = [[{ id: 'a' }, { id: 'new', revision: 2 }]];
  world.registry.read = () => Promise.reject(new Unavailable('registry', 'does not answer'));
  world.clock.advance(500);
  expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
  expect(world.rowsOf(orders).map((row) => row['possible_duplicate'])).toEqual([true]);
  expect(only(world.remainders()).attributes['possible_duplicate']).toBe('true');
});

/** Every event of a batch fails for another reason. */
const kinds = ['good', 'bad key', 'mapping', 'no revision', 'topic refuses', 'duplicate'] as const;
type Kind = (typeof kinds)[number];

function eventOf(kind: Kind, at: number): TestEvent {
  const event = { id: `e${at}`, data: { amount: at } };
  if (kind === 'bad key') return { ...event, subject: 'bad' };
  if (kind === 'mapping') return { ...event, data: { amount: `${at}` } };
  if (kind === 'no revision') return { ...event, revision: 9 };
  return kind === 'topic refuses' ? { ...event, type: visits } : event;
}

/** What happens to each publish in turn: it may fail before or after it is stored, or the process die after it. */
const fates = ['ok', 'ok', 'refused', 'stored', 'crash'] as const;

test('whatever fails at whichever step: every event is in its table, in quarantine or on its way, and copies are whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 }),
      fc.array(fc.constantFrom(...fates), { maxLength: 20 }),
      async (batch, plan) => {
        const left = [...plan];
        let refusing = true;
        let crashes = false;
        let after: 'stored' | 'crash' | undefined;
        const world = await pseudonymizeWorld({
          schemas,
          publishGate: (topic) => {
            if (refusing && topic === `event.${visits}`) throw new Unavailable('publisher', 'down as told');
            const fate = left.shift() ?? 'ok';
            if (fate === 'refused') throw new Unavailable('publisher', 'down as told');
            if (fate === 'stored' || fate === 'crash') after = fate;
          },
          afterPublish: () => {
            const fate = after;
            after = undefined;
            if (fate === 'crash') crashes = true;
            if (fate !== undefined) throw new Unavailable('publisher', 'the answer got lost');
          },
        });
        await corruptKey(world, 'bad');
        const events = batch.map(eventOf);
        const marks = batch.map((kind) => (kind === 'duplicate' ? duplicate : forwarded));
        const queue: { message?: Message; attempts: number }[] = [{ attempts: 0 }];
        let seen = 0;
        let acknowledged = 0;
        for (let step = 0; queue.length > 0 && step < 500; step++) {
          if (step === 30) refusing = false;
          const next = queue.shift();
          if (next === undefined) break;
          const line: Line = next.attempts >= 5 ? 'second' : 'first';
          crashes = false;
          const deliver = () =>
            next.message === undefined
              ? world.deliver({ seal, segments: [events], marks }, line)
              : world.deliverMessage(next.message, line);
          const outcome = await deliver().catch(() => 'retry');
          // Of a process that died nothing is heard.
          const done = outcome === 'done' && !crashes;
          const remainders = world.remainders();
          for (const message of remainders.slice(seen)) queue.push({ message, attempts: 0 });
          seen = remainders.length;
          if (done) acknowledged++;
          else queue.push({ ...next, attempts: next.attempts + 1 });
        }
        expect(queue).toEqual([]);
        expect(acknowledged).toBeGreaterThan(0);
        const rows = [...world.rowsOf(orders), ...world.rowsOf(visits)].map((row) => Object(row['data']).amount);
        const kept = world.quarantined().map(({ payload }) => JSON.parse(payload).id);
        for (const [at, kind] of batch.entries()) {
          const becomesRow = kind === 'good' || kind === 'topic refuses';
          expect([rows.includes(at), kept.includes(`e${at}`)]).toEqual(
            kind === 'duplicate' ? [false, false] : [becomesRow, !becomesRow],
          );
        }
        // Without a fault in storing, everything is there once.
        if (plan.every((fate) => fate === 'ok')) {
          expect(rows.length).toBe(new Set(rows).size);
          expect(kept.length).toBe(new Set(kept).size);
        }
      },
    ),
    { numRuns: 60 },
  );
});
