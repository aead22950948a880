import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { PulledMessage } from '../../../shared/ports/message-reader.ts';
import { openBus, publish, pullAndNack, reader, textsOf, worker } from './bus-fixture.ts';

// What one call publishes for one reader that pulls is one record of the file. Nobody sees that from outside.

const topics = ['work', 'dead'];
const deadLetter = { topic: 'dead', maxDeliveryAttempts: 5 };
const ackIdsOf = (messages: readonly PulledMessage[]) => messages.map(({ ackId }) => ackId);

function openPacked(options: Parameters<typeof openBus>[0] = {}) {
  const opened = openBus(options);
  opened.bus.declare({
    topics,
    subscriptions: [reader({ deadLetter }), reader({ name: 'dead-reader', topic: 'dead' })],
  });
  return opened;
}

test('each message has an id and attributes of its own, in the order of publishing', async () => {
  const { bus } = openPacked();
  await publish(bus, 'a', 'b', 'c');
  await publish(bus, 'd');
  await publish(bus, 'e', 'f');
  expect(bus.idle().backlogMessages).toBe(6);
  const messages = await bus.pull('reader', 10);
  expect(textsOf(messages)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(messages.map(({ attributes }) => attributes['content'])).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(messages.map(({ messageId }) => messageId)).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(bus.idle()).toEqual({ backlogMessages: 6, leasedMessages: 6 });
  await bus.acknowledge('reader', ackIdsOf(messages));
  expect(bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
});

test('a part that is acknowledged is gone, and the rest comes again as the messages that they were', async () => {
  const { bus, pass } = openPacked();
  await publish(bus, 'a', 'b', 'c', 'd');
  const [a, b, c, d] = await bus.pull('reader', 10);
  if (!a || !b || !c || !d) throw new Error('four messages');
  await Promise.all([
    bus.acknowledge('reader', [b.ackId, b.ackId]),
    bus.acknowledge('reader', [a.ackId]),
    bus.nack('reader', [d.ackId]),
  ]);
  expect(bus.idle()).toEqual({ backlogMessages: 2, leasedMessages: 1 });
  await pass(1_000);
  const again = await bus.pull('reader', 10);
  expect(again).toEqual([{ ...d, ackId: `${d.messageId}:2`, deliveryAttempt: 2 }]);
  await pass(20_000);
  expect(textsOf(await bus.pull('reader', 10)).sort()).toEqual(['c', 'd']);
});

test('all of it counts also when somebody is faster with a part', async () => {
  const { bus } = openPacked();
  await publish(bus, 'a', 'b', 'c');
  const messages = await bus.pull('reader', 10);
  const [first] = messages;
  await Promise.all([
    bus.acknowledge('reader', first === undefined ? [] : [first.ackId]),
    bus.acknowledge('reader', ackIdsOf(messages)),
  ]);
  expect(bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
  expect(await bus.pull('reader', 10)).toEqual([]);
});

test('nobody is given more than was asked for', async () => {
  const { bus, pass } = openPacked();
  await publish(bus, 'a', 'b', 'c');
  await publish(bus, 'd', 'e');
  expect(textsOf(await bus.pull('reader', 2))).toEqual(['a', 'b']);
  expect(textsOf(await bus.pull('reader', 2))).toEqual(['c']);
  expect(textsOf(await bus.pull('reader', 1))).toEqual(['d']);
  await pass(20_000);
  await publish(bus, 'f', 'g');
  expect(await pullAndNack(bus)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  await pass(20_000);
  expect(textsOf(await bus.pull('reader', 1))).toHaveLength(1);
  expect(bus.idle().backlogMessages).toBe(7);
});

test('each message is a dead letter of its own', async () => {
  const { bus, pass } = openPacked();
  await publish(bus, 'a', 'b');
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect(await pullAndNack(bus)).toEqual(['a', 'b']);
    await pass(8_000);
  }
  expect(await bus.pull('reader', 10)).toEqual([]);
  const dead = await bus.pull('dead-reader', 10);
  expect(textsOf(dead)).toEqual(['a', 'b']);
  expect(dead.map(({ attributes }) => attributes['content'])).toEqual(['a', 'b']);
});

test('one that pushes, and several that read, get messages one by one', async () => {
  const { bus, pushes, pass } = openBus();
  bus.declare({ topics, subscriptions: [worker(), reader(), reader({ name: 'dead-reader', topic: 'dead' })] });
  bus.start();
  await publish(bus, 'a', 'b', 'c');
  await pass(1);
  expect(pushes).toHaveLength(2);
  expect(textsOf(await bus.pull('reader', 2))).toEqual(['a', 'b']);
  await bus.stop({ drainMillis: 0 });
});

test('a killed process leaves what was not acknowledged, and ids are not used again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edi-packs-'));
  const [path, copy] = [join(folder, 'bus.db'), join(folder, 'killed.db')];
  const first = openPacked({ path });
  await publish(first.bus, 'a', 'b', 'c');
  await publish(first.bus, 'd', 'e');
  const messages = await first.bus.pull('reader', 10);
  await first.bus.acknowledge('reader', ackIdsOf(messages.filter((_, at) => at === 1 || at > 2)));
  await copyFile(path, copy);
  await copyFile(`${path}-wal`, `${copy}-wal`);
  await first.bus.stop({ drainMillis: 0 });

  const { bus } = openPacked({ path: copy });
  expect(bus.idle().backlogMessages).toBe(2);
  const left = await bus.pull('reader', 10);
  expect(left.map(({ messageId, deliveryAttempt }) => [messageId, deliveryAttempt])).toEqual([
    ['1', 2],
    ['3', 2],
  ]);
  await bus.acknowledge('reader', ackIdsOf(left));
  await publish(bus, 'f', 'g');
  expect((await bus.pull('reader', 10)).map(({ messageId }) => messageId)).toEqual(['6', '7']);
  await bus.stop({ drainMillis: 0 });
  await rm(folder, { recursive: true });
});

test('the file holds a record a call, up to a size, and none when all is acknowledged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edi-packs-'));
  const path = join(folder, 'bus.db');
  const records = () => {
    const file = new DatabaseSync(`${path}.copy`, { readOnly: true });
    const [row] = file.prepare('SELECT count(*) AS records FROM message').all();
    file.close();
    return row?.['records'];
  };
  const { bus } = openPacked({ path, settings: { maxPackedMessages: 3, maxPackedBytes: 10 } });
  await publish(bus, 'a', 'b', 'c', 'd', 'twelve bytes', 'e');
  await bus.stop({ drainMillis: 0 });
  await copyFile(path, `${path}.copy`);
  // a b c, d, the one that is too large by itself, e.
  expect(records()).toBe(4);
  const again = openPacked({ path });
  const messages = await again.bus.pull('reader', 10);
  expect(textsOf(messages)).toEqual(['a', 'b', 'c', 'd', 'twelve bytes', 'e']);
  await again.bus.acknowledge('reader', ackIdsOf(messages));
  await again.bus.stop({ drainMillis: 0 });
  await copyFile(path, `${path}.copy`);
  expect(records()).toBe(0);
  await rm(folder, { recursive: true });
});
