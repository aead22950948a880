import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { recordId } from '../../../shared/quarantine/replay.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { receivedBatch, replayWorld } from '../../helpers/replay-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.cart.v1';
const schema = schemaDocument({ type, properties: { items: { type: 'integer' } }, edi: { sdks: ['web', 'phone'] } });

function event(
  id: string,
  data: JsonObject = { items: 1 },
  time = new Date(startMillis - 1_000).toISOString(),
): JsonObject {
  return { specversion: '1.0', id, source: 'tab-1', type, time, data };
}

const nothing = { replayed: 0, replayedBefore: 0, refused: {}, unreadable: 0, more: false };

describe('a replay', () => {
  test('leaves events of a type that is still unknown', async () => {
    const world = await replayWorld();
    await world.refuse({ event: event('a'), sdk: 'web', type });
    expect(await world.replay()).toEqual({ ...nothing, refused: { 'unknown-type': 1 } });
    expect(world.publisher.messagesOf('received')).toEqual([]);
  });

  test('sends what is valid now under its seal, with its SDK, identity and time of receipt', async () => {
    const world = await replayWorld();
    const seal = sealAt(startMillis, 7);
    await world.refuse({ event: event('a'), sdk: 'phone', seal, type, receivedAtMillis: startMillis - 5_000 });
    await world.know(schema);
    expect(await world.replay()).toEqual({ ...nothing, replayed: 1 });
    const [message] = world.publisher.messagesOf('received');
    if (message === undefined) throw new Error('nothing was published');
    const batch = receivedBatch(message);
    expect(batch).toMatchObject({ seal, sdk: 'phone', texts: [JSON.stringify([event('a')])] });
    expect(batch.index.segments).toMatchObject([{ receivedAtMillis: startMillis - 5_000 }]);
    expect(batch.index.entries).toMatchObject([
      { source: 'tab-1', id: 'a', type, revision: 1, timeMicros: (startMillis - 1_000) * 1_000 },
    ]);
  });

  test('makes one message of the records of a seal', async () => {
    const world = await replayWorld();
    const seal = sealAt(startMillis, 7);
    await world.refuse(
      { event: event('a'), sdk: 'web', seal, type },
      { event: event('b'), sdk: 'web', seal, type },
      { event: event('c'), sdk: 'web', type },
    );
    await world.know(schema);
    await world.replay();
    const batches = world.publisher.messagesOf('received').map(receivedBatch);
    expect(batches.map(({ index }) => index.entries.map(({ id }) => id))).toEqual([['a', 'b'], ['c']]);
    expect(batches[0]?.seal).toBe(seal);
  });

  test('takes the first SDK that the type allows where the record tells none', async () => {
    const world = await replayWorld();
    await world.refuse({ event: event('a'), type });
    await world.know(schema);
    await world.replay();
    expect(world.publisher.messagesOf('received').map(receivedBatch)).toMatchObject([{ sdk: 'web' }]);
  });

  test('judges the time by the receipt, not by the replay', async () => {
    const world = await replayWorld();
    const old = new Date(startMillis - 399 * 86_400_000).toISOString();
    await world.refuse({ event: event('a', { items: 1 }, old), sdk: 'web', type });
    world.clock.advance(30 * 86_400_000);
    await world.know(schema);
    expect(await world.replay()).toMatchObject({ replayed: 1 });
  });

  test('keeps what is refused for another reason, and says which', async () => {
    const world = await replayWorld();
    await world.refuse(
      { event: event('a', { items: 'one' }), sdk: 'web', type },
      { event: event('b'), sdk: 'relay', type },
      { event: 'no json', sdk: 'web' },
    );
    await world.know(schema);
    expect(await world.replay()).toEqual({ ...nothing, refused: { schema: 1, sdk: 1 }, unreadable: 1 });
  });

  test('leaves records alone that another key made', async () => {
    const [world, other] = [await replayWorld(), await replayWorld()];
    const [record] = await other.refuse({ event: event('a'), sdk: 'web', type, seal: sealAt(startMillis, 9) });
    if (record === undefined) throw new Error('no record');
    world.table.push({ ...record, payload: record.payload.replace(/^..../, 'AAAA') });
    await world.know(schema);
    expect(await world.replay()).toMatchObject({ replayed: 0, unreadable: 1 });
  });

  test('does a record once, also when its table holds it twice', async () => {
    const world = await replayWorld();
    const [record] = await world.refuse({ event: event('a'), sdk: 'web', type });
    if (record === undefined) throw new Error('no record');
    world.table.push(record);
    await world.know(schema);
    expect(await world.replay()).toMatchObject({ replayed: 1, replayedBefore: 1 });
    expect(await world.replay()).toMatchObject({ replayed: 0, replayedBefore: 2 });
    expect(world.publisher.messagesOf('received')).toHaveLength(1);
    expect(await world.marks.marked([recordId(record)])).toHaveLength(1);
  });

  test('a dry run says what would be done, and does nothing', async () => {
    const world = await replayWorld();
    await world.refuse({ event: event('a'), sdk: 'web', type });
    await world.know(schema);
    expect(await world.replay({ reason: 'unknown-type', dryRun: true })).toMatchObject({ replayed: 1 });
    expect(world.publisher.messagesOf('received')).toEqual([]);
    expect(await world.replay()).toMatchObject({ replayed: 1, replayedBefore: 0 });
  });

  test('filters by reason and type', async () => {
    const world = await replayWorld();
    await world.refuse(
      { event: event('a'), sdk: 'web', type },
      { event: event('b'), sdk: 'web', type, reason: 'schema' },
      { event: event('c'), sdk: 'web', type: 'shop.other.v1' },
    );
    await world.know(schema);
    expect(await world.replay({ reason: 'unknown-type', type })).toMatchObject({ replayed: 1 });
    expect(await world.replay({ reason: 'schema' })).toMatchObject({ replayed: 1 });
  });

  test('reads page by page, and stops at its limit', async () => {
    const world = await replayWorld({ pageRecords: 3, maxRecords: 7 });
    await world.refuse(...Array.from({ length: 10 }, (_, at) => ({ event: event(`e${at}`), sdk: 'web', type })));
    await world.know(schema);
    expect(await world.replay({ reason: 'unknown-type', limit: 2 })).toMatchObject({ replayed: 2, more: true });
    expect(await world.replay()).toMatchObject({ replayed: 7, replayedBefore: 2, more: true });
    expect(await world.replay()).toMatchObject({ replayed: 1, replayedBefore: 9, more: false });
    expect(world.publisher.messagesOf('received')).toHaveLength(10);
  });

  test('a crash before the marks replays again, under the same seal', async () => {
    const world = await replayWorld();
    await world.refuse({ event: event('a'), sdk: 'web', type });
    await world.know(schema);
    const { ports } = world;
    const crashing = { ...ports, marks: { ...ports.marks, mark: () => Promise.reject(new Error('crash')) } };
    const { defaultReplayConfig, replayQuarantine } = await import('../../../shared/quarantine/replay.ts');
    await expect(replayQuarantine(crashing, defaultReplayConfig, { reason: 'unknown-type' })).rejects.toThrow('crash');
    expect(await world.replay()).toMatchObject({ replayed: 1 });
    const seals = world.publisher.messagesOf('received').map((message) => receivedBatch(message).seal);
    expect(new Set(seals).size).toBe(1);
    expect(seals).toHaveLength(2);
  });
});
