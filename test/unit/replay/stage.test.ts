import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { newUuidV7 } from '../../../shared/event/uuid.ts';
import { claimedIdentity } from '../../../shared/quarantine/quarantined-event.ts';
import { wholeMessage } from '../../../shared/quarantine/whole-message.ts';
import { orderEvent } from '../../helpers/ingest-world.ts';
import { type Changes, receivedAtMillis, replayWorld, schema } from '../../helpers/replay-world.ts';
import { day, schemaDocument } from '../../helpers/schemas.ts';

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
  expect(world.publisher.messagesOf('replayed')).toEqual([]);
  expect(await world.ports.records.groups({})).toMatchObject([{ records: 1, replayed: 0 }]);
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

test('of several records of one event the newest goes on, whatever their reasons, and no older one later', async () => {
  const world = await replayWorld();
  const later = { receivedAtMillis: receivedAtMillis + 1_000 };
  await world.keep(orderEvent({ data: { amount: 1 } }));
  await world.keep(orderEvent({ data: { amount: 2 } }), { ...later, reason: 'schema' });
  await world.keep(orderEvent({ data: { amount: 3 } }), { sdk: 'phone' });
  expect(await world.run()).toEqual({ replayed: 1, replayedBefore: 0, refused: { superseded: 1 } });
  expect(await world.run({ reason: 'schema' })).toEqual({ replayed: 1, replayedBefore: 0, refused: {} });
  const texts = world.received().flatMap((batch) => batch.texts);
  expect(texts.map((text) => JSON.parse(text)[0].data.amount)).toEqual([3, 2]);
  expect(await world.run()).toMatchObject({ replayed: 0, refused: { superseded: 1 } });
});

test('what is replayed says so, and is not split as long as it fits a message', async () => {
  const world = await replayWorld({ config: { maxSealEvents: 2 } });
  const seal = await world.keep(orderEvent({ id: 'a' }));
  for (const id of ['b', 'c', 'd', 'e']) await world.keep(orderEvent({ id }), { seal });
  expect(await world.run()).toMatchObject({ replayed: 5 });
  const messages = world.publisher.messagesOf('received');
  expect(messages.map(({ attributes }) => attributes['count'])).toEqual(['2', '2', '1']);
  expect(new Set(messages.map(({ attributes }) => `${attributes['seal']} ${attributes['replayed']}`))).toEqual(
    new Set([`${seal} true`]),
  );
});

test('a record of any size stays or goes on by itself, and holds up nobody', async () => {
  const world = await replayWorld();
  const seal = await world.keep(`[${'1,'.repeat(2_000_000)}1]`, { events: 2_000_001 });
  await world.keep(`[${'1,'.repeat(999)}1]`, { events: 1_000 });
  await world.keep(orderEvent({ id: 'good' }), { seal });
  await world.keep(orderEvent({ id: 'large', padding: 'x'.repeat(60_000) }), { seal });
  expect(await world.run()).toEqual({ replayed: 2, replayedBefore: 0, refused: { size: 1, envelope: 1 } });
});

test('a seal older than any message may be, and an event older than its table keeps, stay', async () => {
  const world = await replayWorld();
  const oldSeal = newUuidV7(createManualClock(receivedAtMillis - 20 * day), createSeededRandom(2));
  await world.keep(orderEvent({ id: 'a' }), { seal: oldSeal });
  const keptDays = 400;
  const time = new Date(receivedAtMillis - (keptDays - 5) * day).toISOString();
  await world.keep(orderEvent({ id: 'b', time }));
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 0, refused: { 'too-old': 2 } });
});

test('a whole message that no stage could read goes on as it was sealed, once it can be read', async () => {
  const world = await replayWorld();
  await world.keep(orderEvent());
  await world.run();
  const [sealed] = world.publisher.messagesOf('received');
  if (sealed === undefined) throw new Error('nothing was replayed');
  const message = { data: sealed.data, attributes: { ...sealed.attributes, replayed: 'false', marks: 'x' } };
  const delivered = { ...message, messageId: '1', publishTimeMillis: 0, subscription: 's', deliveryAttempt: 1 };
  const sealedAtMillis = world.clock.nowMillis();
  const broken = { ...delivered, data: Buffer.from('no batch'), attributes: { ...message.attributes, seal: 'x' } };
  for (const one of [delivered, broken]) {
    await world.quarantine.keep([wholeMessage({ stage: 'pseudonymize', message: one, sealedAtMillis })]);
  }
  expect(await world.run({ reason: 'unreadable' })).toMatchObject({ replayed: 1, refused: { unreadable: 1 } });
  expect(world.publisher.messagesOf('received')[1]).toMatchObject({
    data: sealed.data,
    attributes: { ...sealed.attributes, replayed: 'true' },
  });
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

test('of events that are kept together a newer attempt wins, whichever of the two was kept with others', async () => {
  const world = await replayWorld();
  const attempt = (id: string, amount: number) => orderEvent({ id, data: { amount } });
  const keepTogether = (events: readonly JsonObject[], changes: Changes = {}) =>
    world.keep(JSON.stringify(events), { events: events.length, identities: events.map(claimedIdentity), ...changes });
  const later = { receivedAtMillis: receivedAtMillis + 1_000 };
  await keepTogether([attempt('a', 1), attempt('b', 1), attempt('c', 1)]);
  await world.keep(attempt('a', 2), later);
  await keepTogether([attempt('b', 2), attempt('d', 2)], { ...later, reason: 'schema' });
  await world.keep(attempt('d', 1));
  expect(await world.run()).toEqual({ replayed: 2, replayedBefore: 0, refused: { superseded: 1 } });
  expect(await world.run({ reason: 'schema' })).toEqual({ replayed: 2, replayedBefore: 0, refused: {} });
  const sent = world.received().flatMap(({ texts }) => texts.flatMap((text): JsonObject[] => JSON.parse(text)));
  expect(sent.map(({ id, data }) => [id, data]).sort()).toEqual([
    ['a', { amount: 2 }],
    ['b', { amount: 2 }],
    ['c', { amount: 1 }],
    ['d', { amount: 2 }],
  ]);
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 2, refused: { superseded: 1 } });
});

test('an array is several events only where the record says so', async () => {
  const world = await replayWorld();
  await world.keep(JSON.stringify([orderEvent()]));
  await world.keep(JSON.stringify([orderEvent({ id: 'a' }), orderEvent({ id: 'b' })]), { events: 3 });
  expect(await world.run()).toEqual({ replayed: 0, replayedBefore: 0, refused: { envelope: 1, unreadable: 1 } });
});
