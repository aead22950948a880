import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { openBus, publish, pullAndNack, reader, settle, textsOf, worker } from './bus-fixture.ts';

const topics = ['work', 'dead'];
const deadLetter = { topic: 'dead', maxDeliveryAttempts: 5 };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edi-bus-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A file as a process leaves it that is killed now. */
async function asKilled(path: string, name: string): Promise<string> {
  const copy = join(folder, name);
  await copyFile(path, copy);
  await copyFile(`${path}-wal`, `${copy}-wal`);
  return copy;
}

test('a killed process: the leased is visible at once, the backoff of the others and all attempts are kept', async () => {
  const path = join(folder, 'bus.db');
  const clock = createManualClock();
  const first = openBus({ path, clock });
  const subscriptions = [reader({ deadLetter }), reader({ name: 'second' })];
  first.bus.declare({ topics, subscriptions });
  await publish(first.bus, 'failed twice');
  await pullAndNack(first.bus);
  await first.pass(1_000);
  await pullAndNack(first.bus);
  await publish(first.bus, 'leased', 'fresh');
  expect(textsOf(await first.bus.pull('reader', 1))).toEqual(['leased']);
  await first.pass(500);

  const { bus, pass } = openBus({ path: await asKilled(path, 'killed.db'), clock });
  bus.declare({ topics, subscriptions });
  expect(bus.stats().map((stats) => stats.backlogMessages)).toEqual([3, 3]);
  const now = await bus.pull('reader', 10);
  expect(textsOf(now)).toEqual(['leased', 'fresh']);
  expect(now.map((message) => message.deliveryAttempt)).toEqual([2, 1]);
  await pass(1_000);
  expect(await bus.pull('reader', 10)).toEqual([]);
  await pass(500);
  const later = await bus.pull('reader', 10);
  expect(textsOf(later)).toEqual(['failed twice']);
  expect(later[0]?.deliveryAttempt).toBe(3);
  await first.bus.stop({ drainMillis: 0 });
  await bus.stop({ drainMillis: 0 });
});

test('a push that failed before a restart is sent again when its backoff is over, not before', async () => {
  const path = join(folder, 'bus.db');
  const clock = createManualClock();
  const first = openBus({ path, clock });
  first.bus.declare({ topics, subscriptions: [worker()] });
  first.bus.start();
  await publish(first.bus, 'a');
  await settle();
  await first.pushes[0]?.answer(500);
  await first.bus.stop({ drainMillis: 0 });

  const { bus, pushes, pass } = openBus({ path, clock });
  bus.declare({ topics, subscriptions: [worker()] });
  bus.start();
  await pass(999);
  expect(pushes).toHaveLength(0);
  await pass(1);
  expect(JSON.parse(pushes[0]?.body ?? '')).toMatchObject({ deliveryAttempt: 2 });
  await bus.stop({ drainMillis: 0 });
});

test('a message that kills its process each time ends in the dead-letter topic', async () => {
  let path = join(folder, 'bus.db');
  const subscriptions = [worker(), reader({ name: 'dead-reader', topic: 'dead' })];
  const open = () => {
    const opened = openBus({ path });
    opened.bus.declare({ topics, subscriptions });
    opened.bus.start();
    return opened;
  };
  let current = open();
  await publish(current.bus, 'deadly');
  for (let kill = 1; kill <= 5; kill += 1) {
    await settle();
    expect(current.pushes).toHaveLength(1);
    path = await asKilled(path, `killed-${kill}.db`);
    await current.bus.stop({ drainMillis: 0 });
    current = open();
  }
  await settle();
  expect(current.pushes).toHaveLength(0);
  expect(textsOf(await current.bus.pull('dead-reader', 10))).toEqual(['deadly']);
  await current.bus.stop({ drainMillis: 0 });
});

test('a subscription that is not declared any more keeps its backlog and gets nothing new', async () => {
  const path = join(folder, 'bus.db');
  const first = openBus({ path });
  first.bus.declare({ topics, subscriptions: [reader(), reader({ name: 'gone' })] });
  await publish(first.bus, 'a');
  await first.bus.stop({ drainMillis: 0 });

  const second = openBus({ path });
  second.bus.declare({ topics, subscriptions: [reader()] });
  await publish(second.bus, 'b');
  await second.bus.acknowledge(
    'reader',
    (await second.bus.pull('reader', 9)).map((message) => message.ackId),
  );
  expect(second.bus.idle().backlogMessages).toBe(0);
  second.bus.declare({ topics, subscriptions: [reader({ name: 'gone' })] });
  expect(textsOf(await second.bus.pull('gone', 9))).toEqual(['a']);
  await second.bus.stop({ drainMillis: 0 });
});

test('message ids are not used again after the file was emptied and opened anew', async () => {
  const path = join(folder, 'bus.db');
  const ids: string[] = [];
  for (let opening = 0; opening < 3; opening += 1) {
    const { bus } = openBus({ path });
    bus.declare({ topics, subscriptions: [reader()] });
    await publish(bus, 'a', 'b');
    const messages = await bus.pull('reader', 9);
    ids.push(...messages.map((message) => message.messageId));
    await bus.acknowledge(
      'reader',
      messages.map((message) => message.ackId),
    );
    await bus.stop({ drainMillis: 0 });
  }
  expect(new Set(ids).size).toBe(6);
});

test('the file does not grow while messages come and go, nor does its log', async () => {
  const path = join(folder, 'bus.db');
  const { bus } = openBus({ path, settings: { walPages: 64 } });
  bus.declare({ topics, subscriptions: [reader(), reader({ name: 'second' })] });
  const messages = Array.from({ length: 100 }, () => ({ data: Buffer.alloc(1_000, 'x'), attributes: {} }));
  const sizes: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    await bus.publish('work', messages);
    for (const subscription of ['reader', 'second']) {
      const ackIds = (await bus.pull(subscription, 100)).map((message) => message.ackId);
      await bus.acknowledge(subscription, ackIds);
    }
    if (round >= 10) sizes.push((await stat(path)).size + (await stat(`${path}-wal`)).size);
  }
  expect(Math.max(...sizes)).toBeLessThan(1_500_000);
  await bus.stop({ drainMillis: 0 });
  const file = new DatabaseSync(path, { readOnly: true });
  for (const table of ['message', 'delivery', 'shared_message']) {
    expect(file.prepare(`SELECT count(*) AS rows FROM ${table}`).get()).toEqual({ rows: 0 });
  }
  file.close();
});

test('says what to do with the file of another program or version', async () => {
  const path = join(folder, 'bus.db');
  const other = new DatabaseSync(path);
  other.exec('PRAGMA user_version = 99');
  other.close();
  expect(() => openBus({ path })).toThrow('tables of version 99, this program needs 2: move it away');
  const noDatabase = join(folder, 'text.db');
  await writeFile(noDatabase, 'no database at all, but long enough to be looked at'.repeat(50));
  expect(() => openBus({ path: noDatabase })).toThrow('not a database');
});
