import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../../shared/adapters/memory/publisher.ts';
import { createMemoryReplayMarks } from '../../../shared/adapters/memory/replay-marks.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { generateSealedBoxKeyPair } from '../../../shared/crypto/sealed-box.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { newUuidV7 } from '../../../shared/event/uuid.ts';
import { defaultEventLimits } from '../../../shared/event-types/check-event.ts';
import { makeEventTypes } from '../../../shared/event-types/event-types.ts';
import type { QuarantinedEvent } from '../../../shared/ports/quarantine.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { makeEncryptedQuarantine } from '../../../shared/quarantine/quarantine-record.ts';
import { makeReplay, type ReplayConfig, type ReplayRequest } from '../../../shared/quarantine/replay.ts';
import { orderEvent, readBatch } from '../../helpers/ingest-world.ts';
import { makeTestQuarantineRecords } from '../../helpers/quarantine-records.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { day, registryWith, schemaDocument } from '../../helpers/schemas.ts';

const recordKey = importHashKey(Buffer.alloc(32, 9));
const receivedAtMillis = Date.UTC(2026, 0, 1);
const schema = schemaDocument({ properties: { amount: { type: 'integer' } }, edi: { sdks: ['phone', 'web'] } });

/** `sdk: null`: the record names none. */
type Changes = Omit<Partial<QuarantinedEvent>, 'sdk'> & { readonly sdk?: string | null };

/** A quarantine, 40 days later, with `shop.order.v1` known unless told otherwise. */
async function replayWorld(options: { schemas?: readonly JsonObject[]; config?: Partial<ReplayConfig> } = {}) {
  const clock = createManualClock(receivedAtMillis + 40 * day);
  const random = createSeededRandom(1);
  const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
  const publisher = createMemoryPublisher();
  const marks = createMemoryReplayMarks();
  const observer = recordingObserver();
  const replay = makeReplay({
    records: makeTestQuarantineRecords(() =>
      publisher.messagesOf('quarantine').map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8'))),
    ),
    marks,
    eventTypes: makeEventTypes({ registry: await registryWith(options.schemas ?? [schema]), clock }),
    publisher,
    receivedTopic: 'received',
    privateKey,
    clock,
    observer,
    config: { ...defaultEventLimits, maxRecords: 1_000, maxPageSeals: 100, ...options.config },
  });
  const keepWith =
    (key: typeof publicKey) =>
    async (event: JsonObject | string, changes: Changes = {}) => {
      const { sdk = 'web', ...rest } = changes;
      const record: QuarantinedEvent = {
        seal: newUuidV7(clock, random),
        sequence: 0,
        events: 1,
        provenSubjects: [],
        receivedAtMillis,
        ...(sdk === null ? {} : { sdk }),
        reason: 'unknown-type',
        errors: [],
        type: 'shop.order.v1',
        stage: 'ingest',
        payload: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
        ...rest,
      };
      const options = { publisher, topic: 'quarantine', publicKey: key, recordKey, clock, random };
      await makeEncryptedQuarantine(options).keep([record]);
      return record.seal;
    };
  const run = (changes: Partial<ReplayRequest> = {}) => replay({ reason: 'unknown-type', dryRun: false, ...changes });
  const received = () => publisher.messagesOf('received').map(readBatch);
  const otherKey = generateSealedBoxKeyPair(random).publicKey;
  return { publisher, marks, run, received, keep: keepWith(publicKey), keepForOther: keepWith(otherKey) };
}

test('an event of a type that is known now goes on with its bytes, identity, seal, time of receipt and SDK', async () => {
  const world = await replayWorld();
  const text = `{ "specversion":"1.0", "id":"e-1", "source":"s", "type":"shop.order.v1", "time":"2025-12-31T23:00:00Z", "data":{"amount":1.0} }`;
  const seal = await world.keep(text);
  expect(await world.run()).toEqual({ replayed: 1, replayedBefore: 0, refused: {} });
  const [batch] = world.received();
  expect(batch).toMatchObject({
    seal,
    sdk: 'web',
    texts: [`[${text}]`],
    index: {
      segments: [{ receivedAtMillis }],
      entries: [
        {
          segment: 0,
          source: 's',
          id: 'e-1',
          timeMicros: Date.UTC(2025, 11, 31, 23) * 1_000,
          type: 'shop.order.v1',
          revision: 1,
        },
      ],
    },
  });
});

test('one message a seal, with a segment for each time of receipt', async () => {
  const world = await replayWorld();
  const seal = await world.keep(orderEvent({ id: 'a' }));
  await world.keep(orderEvent({ id: 'b' }), { seal, receivedAtMillis: receivedAtMillis + 1 });
  const other = await world.keep(orderEvent({ id: 'c' }));
  expect(await world.run()).toMatchObject({ replayed: 3 });
  const batches = world.received();
  expect(batches.map((batch) => batch.seal).sort()).toEqual([seal, other].sort());
  const shared = batches.find((batch) => batch.seal === seal);
  expect(shared?.index.segments.map((segment) => segment.receivedAtMillis).sort()).toEqual([
    receivedAtMillis,
    receivedAtMillis + 1,
  ]);
  expect(shared?.index.entries.map(({ id }) => id).sort()).toEqual(['a', 'b']);
  expect(shared?.texts.map((text) => JSON.parse(text).length)).toEqual([1, 1]);
});

test("the client's clock at sending is in the segment, so that a replay corrects the time as it would have been", async () => {
  const world = await replayWorld();
  const sentAtMillis = receivedAtMillis - 7_000;
  const seal = await world.keep(orderEvent({ id: 'a' }), { sentAtMillis });
  await world.keep(orderEvent({ id: 'b' }), { seal });
  expect(await world.run()).toMatchObject({ replayed: 2 });
  const [batch] = world.received();
  const segmentOf = (id: string) =>
    batch?.index.segments[batch.index.entries.find((entry) => entry.id === id)?.segment ?? -1];
  expect(segmentOf('a')).toMatchObject({ receivedAtMillis, sentAtMillis });
  expect(segmentOf('b')).not.toHaveProperty('sentAtMillis');
});

test('the same bytes of an SDK are one record, however often they were refused', async () => {
  const world = await replayWorld();
  const seal = await world.keep(orderEvent());
  await world.keep(orderEvent());
  await world.keep(orderEvent(), { seal });
  expect(await world.run()).toEqual({ replayed: 1, replayedBefore: 0, refused: {} });
});

test('a record without an SDK is of the first that the type allows', async () => {
  const world = await replayWorld();
  await world.keep(orderEvent(), { sdk: null });
  await world.run();
  expect(world.received().map(({ sdk }) => sdk)).toEqual(['phone']);
});

test.each<[string, JsonObject, Changes]>([
  ['unknown-type', orderEvent({ type: 'shop.other.v1' }), {}],
  ['sdk', orderEvent(), { sdk: 'relay' }],
  ['schema', orderEvent({ data: { amount: 'x' } }), {}],
  ['time', orderEvent({ time: '2026-01-03T00:00:00Z' }), {}],
  ['envelope', orderEvent({ id: '' }), {}],
  ['size', orderEvent({ padding: 'x'.repeat(65_536) }), {}],
])('what is refused again stays: %s', async (reason, event, changes) => {
  const world = await replayWorld();
  await world.keep(event, changes);
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 0, refused: { [reason]: 1 } });
  expect(world.received()).toEqual([]);
  expect(await world.marks.counts()).toEqual([]);
});

test('a payload that this key does not open, or that is no JSON, stays', async () => {
  const world = await replayWorld();
  await world.keepForOther(orderEvent());
  await world.keep('{"id":');
  await world.keep(orderEvent({ id: 'good' }));
  expect(await world.run()).toEqual({ replayed: 1, replayedBefore: 0, refused: { unreadable: 2 } });
});

test('the time is judged by when the event was received, not by when it is replayed', async () => {
  const world = await replayWorld();
  await world.keep(orderEvent({ time: '2026-01-01T23:00:00Z' }));
  await world.keep(orderEvent({ time: '2024-12-31T00:00:00Z' }));
  expect(await world.run()).toMatchObject({ replayed: 2, refused: {} });
});

test('only records of the reason and the type asked for', async () => {
  const other = schemaDocument({ type: 'shop.visit.v1', properties: { amount: { type: 'integer' } } });
  const world = await replayWorld({ schemas: [schema, other] });
  await world.keep(orderEvent({ id: 'a' }));
  await world.keep(orderEvent({ id: 'b', type: 'shop.visit.v1' }), { type: 'shop.visit.v1' });
  await world.keep(orderEvent({ id: 'c' }), { reason: 'schema' });
  expect(await world.run({ type: 'shop.visit.v1' })).toMatchObject({ replayed: 1 });
  expect(world.received().flatMap(({ index }) => index.entries.map(({ id }) => id))).toEqual(['b']);
});

test('a second replay publishes nothing', async () => {
  const world = await replayWorld();
  for (const id of ['a', 'b']) await world.keep(orderEvent({ id }));
  await world.run();
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 2, refused: {} });
  expect(world.received()).toHaveLength(2);
  expect(await world.marks.counts()).toEqual([{ reason: 'unknown-type', type: 'shop.order.v1', records: 2 }]);
});

test('what was published and not marked is published again under its own seal', async () => {
  const world = await replayWorld();
  const seal = await world.keep(orderEvent());
  world.publisher.failNext(1, 'stored');
  await expect(world.run()).rejects.toThrow(Unavailable);
  expect(await world.run()).toMatchObject({ replayed: 1, replayedBefore: 0 });
  expect(world.received().map((batch) => batch.seal)).toEqual([seal, seal]);
});

test('a dry run tells and changes nothing', async () => {
  const world = await replayWorld();
  await world.keep(orderEvent());
  await world.keep(orderEvent({ data: { amount: 'x' } }));
  const told = { replayed: 1, replayedBefore: 0, refused: { schema: 1 } };
  expect(await world.run({ dryRun: true })).toEqual(told);
  expect(world.received()).toEqual([]);
  expect(await world.run()).toEqual(told);
});

test('a run is bounded, and goes on where it stopped, past what stays', async () => {
  const world = await replayWorld({ config: { maxRecords: 4, maxPageSeals: 2 } });
  const events = Array.from({ length: 7 }, (_, at) =>
    orderEvent({ id: `e-${at}`, data: { amount: at % 2 ? at : 'x' } }),
  );
  for (const event of events) await world.keep(event);
  const first = await world.run();
  expect(first.nextAfterSeal).toBeDefined();
  const second = await world.run(first.nextAfterSeal === undefined ? {} : { afterSeal: first.nextAfterSeal });
  expect(second.nextAfterSeal).toBeUndefined();
  expect(first.replayed + second.replayed).toBe(3);
  expect((first.refused.schema ?? 0) + (second.refused.schema ?? 0)).toBe(4);
});

test('a limit counts what is tried, not what was replayed before', async () => {
  const world = await replayWorld();
  for (let at = 0; at < 5; at++) await world.keep(orderEvent({ id: `e-${at}` }));
  expect(await world.run({ limit: 2 })).toMatchObject({ replayed: 2, nextAfterSeal: expect.any(String) });
  expect(await world.run({ limit: 2 })).toMatchObject({ replayed: 2, replayedBefore: 2 });
  const last = await world.run({ limit: 2 });
  expect(last).toEqual({ replayed: 1, replayedBefore: 4, refused: {} });
});

test('events that are kept together are replayed each by itself, with the bytes that were sent', async () => {
  const world = await replayWorld();
  const texts = ['a', 'b', 'c'].map((id) => JSON.stringify(orderEvent({ id })).replace('"amount":1', '"amount": 1.0'));
  const seal = await world.keep(`[ ${texts.join(' , ')} ]`, { events: 3 });
  expect(await world.run()).toEqual({ replayed: 3, replayedBefore: 0, refused: {} });
  const [batch] = world.received();
  expect(batch).toMatchObject({ seal, sdk: 'web', texts: [`[${texts.join(',')}]`] });
  expect(batch?.index.entries.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 1, refused: {} });
});

test('of those that are kept together some stay: the others go on, once, and the record can be replayed again', async () => {
  const world = await replayWorld();
  const good = orderEvent({ id: 'good' });
  const bad = orderEvent({ id: 'bad', data: { amount: 'x' } });
  await world.keep(JSON.stringify([good, bad, good]), { events: 3 });
  expect(await world.run({ dryRun: true })).toEqual({ replayed: 1, replayedBefore: 0, refused: { schema: 1 } });
  expect(await world.run()).toEqual({ replayed: 1, replayedBefore: 0, refused: { schema: 1 } });
  expect(world.received().map(({ index }) => index.entries.map(({ id }) => id))).toEqual([['good']]);
  expect(await world.run()).toEqual({ replayed: 1, replayedBefore: 0, refused: { schema: 1 } });
  expect(new Set(world.received().map(({ seal }) => seal)).size).toBe(1);
});

test('an array is several events only where the record says so', async () => {
  const world = await replayWorld();
  await world.keep(JSON.stringify([orderEvent()]));
  await world.keep(JSON.stringify([orderEvent({ id: 'a' }), orderEvent({ id: 'b' })]), { events: 3 });
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 0, refused: { envelope: 1, unreadable: 1 } });
});
