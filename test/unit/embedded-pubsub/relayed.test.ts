import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { openBus, pullAndNack, reader, settle, textsOf, worker } from './bus-fixture.ts';

/*
 * `origin` is what clients publish to; what is made of its messages goes to `relayed`. Names of clients stand in data alone,
 * so that a file shows whether a message was ever in it.
 */
const topics = ['origin', 'relayed', 'dead'];
const origin = reader({ name: 'origin-reader', topic: 'origin' });
const relayed = reader({ topic: 'relayed', deadLetter: { topic: 'dead', maxDeliveryAttempts: 5 } });
const subscriptions = [origin, relayed, reader({ name: 'dead-reader', topic: 'dead' })];
const isRelayed = (topic: string) => topic === 'relayed';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edi-relayed-'));
});
afterEach(() => rm(folder, { recursive: true }));

function openRelaying(options: Parameters<typeof openBus>[0] = {}) {
  const path = join(folder, 'bus.db');
  const opened = openBus({ path, isRelayed, ...options });
  opened.bus.declare({ topics, subscriptions });
  return { ...opened, path };
}

type Opened = ReturnType<typeof openRelaying>;

const messagesOf = (texts: readonly string[]) => texts.map((text) => ({ data: Buffer.from(text), attributes: {} }));

function publish({ bus }: Opened, topic: string, ...texts: string[]): Promise<void> {
  return bus.publish(topic, messagesOf(texts));
}

/** Not together. */
async function publishEach(opened: Opened, topic: string, ...texts: string[]): Promise<void> {
  for (const text of texts) await publish(opened, topic, text);
}

/** Takes what there is of `origin`, publishes something of each, and acknowledges it. */
async function work({ bus }: Opened): Promise<void> {
  for (const { data, ackId } of await bus.pull('origin-reader', 100)) {
    await bus.publish('relayed', messagesOf([`of ${Buffer.from(data).toString()}`]));
    await bus.acknowledge('origin-reader', [ackId]);
  }
}

async function take({ bus }: Opened, maxMessages = 100): Promise<string[]> {
  const messages = await bus.pull('reader', maxMessages);
  await bus.acknowledge(
    'reader',
    messages.map(({ ackId }) => ackId),
  );
  return textsOf(messages);
}

/** The bus as the next process finds it, when this one is killed now. */
async function afterKill({ path, clock }: Opened, name = 'killed.db') {
  const copy = join(folder, name);
  await copyFile(path, copy);
  await copyFile(`${path}-wal`, `${copy}-wal`);
  return openRelaying({ path: copy, clock });
}

async function files(path: string): Promise<string> {
  const [file, log] = await Promise.all([readFile(path, 'latin1'), readFile(`${path}-wal`, 'latin1')]);
  return file + log;
}

describe('what stages hand to each other', () => {
  test('never comes to the file where it is acknowledged soon', async () => {
    const opened = openRelaying();
    await publishEach(opened, 'origin', 'a', 'b');
    await work(opened);
    expect(await take(opened)).toEqual(['of a', 'of b']);
    await opened.pass(10_000);
    expect(await files(opened.path)).not.toContain('of a');
    expect(opened.bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
    const again = await afterKill(opened);
    expect(again.bus.idle().backlogMessages).toBe(0);
    await again.bus.stop({ drainMillis: 0 });
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('is made again from its origin after a kill, until both are stored together', async () => {
    const opened = openRelaying();
    await publishEach(opened, 'origin', 'a', 'b');
    await work(opened);
    expect(textsOf(await opened.bus.pull('reader', 1))).toEqual(['of a']);
    const early = await afterKill(opened, 'early.db');
    expect(await take(early)).toEqual([]);
    await work(early);
    expect(await take(early)).toEqual(['of a', 'of b']);

    await opened.pass(2_000);
    const late = await afterKill(opened, 'late.db');
    await work(late);
    const left = await late.bus.pull('reader', 10);
    expect(textsOf(left)).toEqual(['of a', 'of b']);
    expect(left.map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([2, 1]);
    for (const { bus } of [opened, early, late]) await bus.stop({ drainMillis: 0 });
  });

  test('is stored with an acknowledgement that is, since it is of a part of what was published together', async () => {
    const opened = openRelaying();
    await publish(opened, 'origin', 'a', 'b');
    const [a, b] = await opened.bus.pull('origin-reader', 2);
    await publish(opened, 'relayed', 'of a');
    await opened.bus.acknowledge('origin-reader', [a?.ackId ?? '']);
    const again = await afterKill(opened);
    expect(await take(again)).toEqual(['of a']);
    expect(textsOf(await again.bus.pull('origin-reader', 2))).toEqual(['b']);
    await publish(opened, 'relayed', 'of b');
    await opened.bus.acknowledge('origin-reader', [b?.ackId ?? '']);
    expect(opened.bus.idle()).toEqual({ backlogMessages: 2, leasedMessages: 0 });
    for (const { bus } of [opened, again]) await bus.stop({ drainMillis: 0 });
  });

  test('is counted like the rest, and stays in order when it was stored meanwhile', async () => {
    const opened = openRelaying();
    await publish(opened, 'relayed', 'a', 'b');
    await opened.pass(500);
    const ofReader = () => opened.bus.stats().find(({ subscription }) => subscription === 'reader');
    expect(ofReader()).toMatchObject({ backlogMessages: 2, leasedMessages: 0, oldestMessageAgeMillis: 500 });
    await opened.pass(2_000);
    await publish(opened, 'relayed', 'c');
    expect(ofReader()).toMatchObject({ backlogMessages: 3, oldestMessageAgeMillis: 2_500 });
    const first = await opened.bus.pull('reader', 2);
    const second = await opened.bus.pull('reader', 2);
    expect([textsOf(first), textsOf(second)]).toEqual([['a', 'b'], ['c']]);
    expect(ofReader()).toMatchObject({ backlogMessages: 3, leasedMessages: 3 });
    for (const { ackId } of [...second, ...first]) await opened.bus.acknowledge('reader', [ackId]);
    expect(ofReader()).toEqual({ subscription: 'reader', backlogMessages: 0, leasedMessages: 0 });
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('is taken apart where less is asked for, or a part of it is acknowledged', async () => {
    const opened = openRelaying();
    await publish(opened, 'relayed', 'a', 'b', 'c', 'd');
    expect(await take(opened, 1)).toEqual(['a']);
    await publish(opened, 'relayed', 'e', 'f', 'g');
    expect(await take(opened)).toEqual(['b', 'c', 'd']);
    const pack = await opened.bus.pull('reader', 10);
    await opened.bus.acknowledge('reader', [pack[1]?.ackId ?? '']);
    expect(opened.bus.idle()).toEqual({ backlogMessages: 2, leasedMessages: 2 });
    await opened.bus.nack('reader', [pack[0]?.ackId ?? '', pack[2]?.ackId ?? '']);
    await opened.pass(1_000);
    expect(await take(opened)).toEqual(['e', 'g']);
    expect(new Set(pack.map(({ messageId }) => messageId)).size).toBe(3);
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('is delivered again after its backoff, and after its deadline, and ends as a dead letter', async () => {
    const opened = openRelaying();
    await publish(opened, 'relayed', 'a');
    expect(await pullAndNack(opened.bus)).toEqual(['a']);
    expect(await opened.bus.pull('reader', 10)).toEqual([]);
    await opened.pass(1_000);
    expect(textsOf(await opened.bus.pull('reader', 10))).toEqual(['a']);
    await opened.pass(10_000 + 2_000);
    for (const seconds of [4, 8, 8]) {
      expect(await pullAndNack(opened.bus)).toEqual(['a']);
      await opened.pass(seconds * 1_000);
    }
    expect(textsOf(await opened.bus.pull('dead-reader', 10))).toEqual(['a']);
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('is neither lost nor delivered again where its acknowledgement comes with its deadline', async () => {
    const opened = openRelaying();
    await publish(opened, 'relayed', 'a');
    const [message] = await opened.bus.pull('reader', 10);
    opened.clock.advance(10_000);
    await opened.bus.acknowledge('reader', [message?.ackId ?? '']);
    await opened.pass(60_000);
    expect(await opened.bus.pull('reader', 10)).toEqual([]);
    expect(opened.bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('is pushed as well', async () => {
    const opened = openBus({ path: join(folder, 'bus.db'), isRelayed });
    opened.bus.declare({ topics, subscriptions: [worker({ topic: 'relayed' })] });
    opened.bus.start();
    await opened.bus.publish('relayed', messagesOf(['a', 'b', 'c']));
    await settle();
    expect(opened.pushes).toHaveLength(2);
    await opened.pushes[0]?.answer(204);
    await opened.pushes[1]?.answer(503);
    await opened.pushes[2]?.answer(204);
    await opened.pass(1_000);
    await opened.pushes[3]?.answer(204);
    expect(opened.pushes).toHaveLength(4);
    expect(opened.bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
    await opened.bus.stop({ drainMillis: 0 });
  });
});

describe('the memory of the bus', () => {
  test('is stored when the bus stops', async () => {
    const opened = openRelaying();
    await publish(opened, 'origin', 'a');
    await work(opened);
    await opened.bus.stop({ drainMillis: 0 });
    await expect(publish(opened, 'relayed', 'b')).rejects.toThrow(Unavailable);
    const again = openRelaying({ clock: opened.clock });
    await work(again);
    expect(await take(again)).toEqual(['of a']);
    await again.bus.stop({ drainMillis: 0 });
  });

  test('has a bound, above which the file takes what comes, in order', async () => {
    const opened = openRelaying({ settings: { maxRelayedBytes: 1_000 } });
    const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => name.repeat(100));
    for (const text of texts) await publish(opened, 'relayed', text);
    expect((await files(opened.path)).includes('a'.repeat(100))).toBe(true);
    const taken: string[] = [];
    while (taken.length < texts.length) taken.push(...(await take(opened)));
    expect(taken).toEqual(texts);
    expect(opened.bus.idle().backlogMessages).toBe(0);
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('counts in the bound of the storage, and is free again', async () => {
    const opened = openRelaying({ settings: { maxStoredBytes: 2_000 } });
    const large = 'x'.repeat(1_200);
    for (const isStored of [false, true, false]) {
      await publish(opened, 'relayed', large);
      await expect(publish(opened, 'relayed', large)).rejects.toThrow('the local bus is full');
      if (isStored) await opened.pass(2_000);
      expect(await take(opened)).toEqual([large]);
      await opened.pass(2_000);
    }
    await opened.bus.stop({ drainMillis: 0 });
  });

  test('goes with a purge, which a kill does not undo', async () => {
    const opened = openRelaying();
    await publish(opened, 'origin', 'a');
    await work(opened);
    await opened.bus.purge('reader');
    expect(await opened.bus.pull('reader', 10)).toEqual([]);
    expect(opened.bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
    const again = await afterKill(opened);
    await work(again);
    expect(again.bus.idle().backlogMessages).toBe(0);
    for (const { bus } of [opened, again]) await bus.stop({ drainMillis: 0 });
  });

  test('does not give a number again that died with a process', async () => {
    const opened = openRelaying();
    await publish(opened, 'origin', 'a');
    await work(opened);
    const ids = (await opened.bus.pull('reader', 10)).map(({ messageId }) => messageId);
    const again = await afterKill(opened);
    await work(again);
    const others = (await again.bus.pull('reader', 10)).map(({ messageId }) => messageId);
    expect(ids).toHaveLength(1);
    expect(others).toHaveLength(1);
    expect(others).not.toEqual(ids);
    for (const { bus } of [opened, again]) await bus.stop({ drainMillis: 0 });
  });
});
