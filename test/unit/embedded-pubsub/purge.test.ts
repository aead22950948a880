import { expect, test } from 'vitest';
import { openBus, publish, reader, settle, textsOf, worker } from './bus-fixture.ts';

test('a purge drops what waits, is delivered or comes later, and what comes after it is delivered', async () => {
  const { bus, pass } = openBus();
  bus.declare({ topics: ['work'], subscriptions: [reader()] });
  await publish(bus, 'given back', 'delivered', 'waits');
  const [first, second] = await bus.pull('reader', 2);
  await bus.nack('reader', [first?.ackId ?? '']);
  await bus.purge('reader');
  expect(bus.stats()).toEqual([{ subscription: 'reader', backlogMessages: 0, leasedMessages: 0 }]);
  await publish(bus, 'after');
  // Of a delivery that is none any more.
  await bus.acknowledge('reader', [second?.ackId ?? '']);
  await pass(60_000);
  expect(textsOf(await bus.pull('reader', 9))).toEqual(['after']);
  expect(bus.stats()).toMatchObject([{ backlogMessages: 1, leasedMessages: 1 }]);
});

test('another subscription keeps its own, and what both had is stored until it has it, too', async () => {
  const { bus } = openBus({ settings: { maxStoredBytes: 2_000 } });
  bus.declare({ topics: ['work', 'dead'], subscriptions: [reader(), reader({ name: 'other' })] });
  await publish(bus, 'a'.repeat(700), 'b'.repeat(700));
  await bus.purge('reader');
  await expect(publish(bus, 'c'.repeat(700))).rejects.toThrow('maxStoredBytes');
  expect(textsOf(await bus.pull('other', 9)).map((text) => text[0])).toEqual(['a', 'b']);
  await bus.purge('other');
  await publish(bus, 'd'.repeat(700), 'e'.repeat(700));
  expect(textsOf(await bus.pull('reader', 9)).map((text) => text[0])).toEqual(['d', 'e']);
});

test('pushes go on with what comes after it', async () => {
  const { bus, pushes } = openBus();
  bus.declare({ topics: ['work', 'dead'], subscriptions: [worker()] });
  bus.start();
  await publish(bus, 'one', 'two', 'three');
  await settle();
  expect(pushes).toHaveLength(2);
  await bus.purge('worker');
  for (const push of pushes) await push.answer(500);
  await publish(bus, 'four');
  await settle();
  expect(pushes).toHaveLength(3);
  await pushes[2]?.answer(200);
  expect(bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
});
