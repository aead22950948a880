import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { openBus, publish, pullAndNack, reader, settle, textsOf } from './bus-fixture.ts';

const deadLetter = { topic: 'dead', maxDeliveryAttempts: 5 };

describe('publishing', () => {
  test('drops what a topic without subscriptions gets, as Google does', async () => {
    const { bus } = openBus();
    bus.declare({ topics: ['work'], subscriptions: [] });
    await publish(bus, 'lost');
    bus.declare({ topics: [], subscriptions: [reader()] });
    expect(await bus.pull('reader', 10)).toEqual([]);
  });

  test('commits what is published in one turn together, in order', async () => {
    const turns: (() => void)[] = [];
    const { bus } = openBus({ defer: (task) => void turns.push(task) });
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    const published = Promise.all([publish(bus, '1', '2'), publish(bus, '3'), publish(bus, '4')]);
    expect([turns.length, bus.idle().backlogMessages]).toEqual([1, 0]);
    turns.shift()?.();
    await published;
    const pulled = bus.pull('reader', 10);
    turns.shift()?.();
    expect(textsOf(await pulled)).toEqual(['1', '2', '3', '4']);
  });

  test('refuses with Unavailable above the bound of the storage, and takes more once there is room', async () => {
    const { bus } = openBus({ settings: { maxStoredBytes: 1_000 } });
    bus.declare({ topics: ['work'], subscriptions: [reader(), reader({ name: 'second' })] });
    const outcomes = await Promise.allSettled(['1', '2', '3', '4'].map((name) => publish(bus, name)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    const failure = await publish(bus, '4').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(String(failure)).toContain('maxStoredBytes');
    const ackAll = async (subscription: string): Promise<void> => {
      const ackIds = (await bus.pull(subscription, 10)).map((message) => message.ackId);
      await bus.acknowledge(subscription, ackIds);
    };
    await ackAll('reader');
    await expect(publish(bus, '4')).rejects.toThrow(Unavailable);
    await ackAll('second');
    await publish(bus, '4', '5', '6');
    expect(textsOf(await bus.pull('reader', 10))).toEqual(['4', '5', '6']);
  });

  test('gives the room of a publish that failed back', async () => {
    const { bus } = openBus({ settings: { maxStoredBytes: 600 } });
    bus.declare({ topics: ['work', 'nobody'], subscriptions: [reader()] });
    for (let count = 0; count < 5; count += 1) {
      await bus.publish('nobody', [{ data: Buffer.alloc(300), attributes: {} }]);
    }
    await publish(bus, '1', '2');
    expect(bus.idle().backlogMessages).toBe(2);
  });
});

describe('redelivery', () => {
  test('doubles the wait after every failure, between minimum and maximum', async () => {
    const { bus, clock, pass } = openBus();
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    await publish(bus, 'a');
    expect(await pullAndNack(bus)).toEqual(['a']);
    const waits: number[] = [];
    for (let from = clock.nowMillis(); waits.length < 6; from = clock.nowMillis()) {
      do await pass(1_000);
      while ((await pullAndNack(bus)).length === 0);
      waits.push((clock.nowMillis() - from) / 1_000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 8, 8]);
  });

  test('counts a deadline that passes as a failure', async () => {
    const { bus, pass } = openBus();
    bus.declare({ topics: ['work', 'dead'], subscriptions: [reader({ deadLetter })] });
    await publish(bus, 'a');
    expect((await bus.pull('reader', 1))[0]?.deliveryAttempt).toBe(1);
    await pass(10_000);
    expect(await bus.pull('reader', 1)).toEqual([]);
    await pass(1_000);
    expect((await bus.pull('reader', 1))[0]?.deliveryAttempt).toBe(2);
    await pass(11_000);
    expect(await bus.pull('reader', 1)).toEqual([]);
    await pass(1_000);
    expect((await bus.pull('reader', 1))[0]?.deliveryAttempt).toBe(3);
  });

  test('takes no acknowledgement of a delivery that is over', async () => {
    const { bus, pass } = openBus();
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    await publish(bus, 'a');
    const [late] = await bus.pull('reader', 1);
    await pass(11_000);
    const [current] = await bus.pull('reader', 1);
    await bus.acknowledge('reader', [late?.ackId ?? '']);
    expect(bus.idle()).toEqual({ backlogMessages: 1, leasedMessages: 1 });
    await bus.acknowledge('reader', [current?.ackId ?? '', 'nonsense', '7:1']);
    expect(bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
  });

  test('delivers what is due again before what is fresh, each in order', async () => {
    const { bus, pass } = openBus();
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    await publish(bus, 'a', 'b');
    await pullAndNack(bus);
    await publish(bus, 'c');
    await publish(bus, 'd');
    await pass(1_000);
    expect(textsOf(await bus.pull('reader', 3))).toEqual(['a', 'b', 'c']);
  });

  test('bounds a pull by messages and by bytes, but gives one message at least', async () => {
    const { bus, pass } = openBus({ settings: { maxPullBytes: 10 } });
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    await publish(bus, 'larger than ten bytes', '1234', '5678', '90123');
    const sizes = [];
    for (const maxMessages of [9, 1, 9, 9]) sizes.push(textsOf(await bus.pull('reader', maxMessages)));
    expect(sizes).toEqual([['larger than ten bytes'], ['1234'], ['5678', '90123'], []]);
    await pass(12_000);
    expect(textsOf(await bus.pull('reader', 9))).toEqual(['larger than ten bytes']);
    expect(textsOf(await bus.pull('reader', 9))).toEqual(['1234', '5678']);
    expect(await bus.pull('reader', 0)).toEqual([]);
  });

  test('takes a little off the backoff at random, never below the minimum', async () => {
    const { bus, clock } = openBus({ random: createSeededRandom(1) });
    bus.declare({ topics: ['work'], subscriptions: [reader({ minBackoffSeconds: 100, maxBackoffSeconds: 600 })] });
    for (let index = 0; index < 20; index++) await publish(bus, `${index}`);
    await pullAndNack(bus);
    expect(await bus.pull('reader', 99)).toEqual([]);
    clock.advance(100_000);
    await settle();
    expect(await pullAndNack(bus)).toHaveLength(20);
    clock.advance(190_000);
    await settle();
    const within = (await pullAndNack(bus)).length;
    expect(within).toBeGreaterThan(0);
    expect(within).toBeLessThan(20);
    clock.advance(10_000);
    await settle();
    expect(await bus.pull('reader', 99)).toHaveLength(20 - within);
  });
});

describe('dead letters', () => {
  test('carry what they had and where they come from', async () => {
    const { bus, clock, pass } = openBus();
    bus.declare({
      topics: ['work', 'dead'],
      subscriptions: [reader({ deadLetter }), reader({ name: 'dead-reader', topic: 'dead' })],
    });
    const publishedAt = new Date(clock.nowMillis()).toISOString();
    await publish(bus, 'poison');
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(await pullAndNack(bus)).toEqual(['poison']);
      await pass(9_000);
    }
    expect(await pullAndNack(bus)).toEqual([]);
    const [dead] = await bus.pull('dead-reader', 10);
    expect(dead?.attributes).toEqual({
      content: 'poison',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: 'reader',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'local',
      CloudPubSubDeadLetterSourceTopicPublishTime: publishedAt.replace('Z', '+00:00'),
    });
    expect(dead?.messageId).not.toBe('1');
    expect(bus.stats().map((stats) => stats.backlogMessages)).toEqual([0, 1]);
  });

  test('come of deadlines that pass too, and wake who waits for them', async () => {
    const { bus, pass } = openBus();
    bus.declare({
      topics: ['work', 'dead'],
      subscriptions: [reader({ deadLetter }), reader({ name: 'dead-reader', topic: 'dead' })],
    });
    let woken = 0;
    bus.onMessage('dead-reader', () => {
      woken += 1;
    });
    await publish(bus, 'poison');
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(await bus.pull('reader', 1)).toHaveLength(1);
      await pass(19_000);
    }
    expect(woken).toBe(1);
    expect(textsOf(await bus.pull('dead-reader', 1))).toEqual(['poison']);
  });
});

describe('waking', () => {
  test('tells a reader when something is published, comes due, or already waits, and no more after it left', async () => {
    const { bus, pass } = openBus();
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    const wakes: string[] = [];
    const leave = bus.onMessage('reader', () => void wakes.push('first'));
    await settle();
    expect(wakes).toEqual([]);
    await publish(bus, 'a');
    await settle();
    expect(wakes).toEqual(['first']);
    bus.onMessage('reader', () => void wakes.push('second'));
    await settle();
    expect(wakes).toEqual(['first', 'second']);
    leave();
    await pullAndNack(bus);
    await pass(1_000);
    expect(wakes).toEqual(['first', 'second', 'second']);
  });

  test('leaves no task behind once it has stopped', async () => {
    const { bus, clock } = openBus();
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    await publish(bus, 'a', 'b');
    await pullAndNack(bus);
    await publish(bus, 'c');
    await bus.pull('reader', 1);
    expect(clock.pendingTasks()).toBe(2);
    await bus.stop({ drainMillis: 1_000 });
    expect(clock.pendingTasks()).toBe(0);
    await expect(publish(bus, 'late')).rejects.toThrow(Unavailable);
    expect(await bus.pull('reader', 1)).toEqual([]);
  });
});

test('leaves no task behind when a deadline passes at the moment of stopping', async () => {
  const { bus, clock } = openBus();
  bus.declare({ topics: ['work'], subscriptions: [reader()] });
  await publish(bus, 'a', 'b');
  await bus.pull('reader', 1);
  clock.advance(5_000);
  await bus.pull('reader', 1);
  clock.advance(5_000);
  await bus.stop({ drainMillis: 0 });
  await settle();
  expect(clock.pendingTasks()).toBe(0);
});

test('stats tell backlog, leases and age of each subscription', async () => {
  const { bus, pass } = openBus();
  bus.declare({ topics: ['work'], subscriptions: [reader(), reader({ name: 'second' })] });
  expect(bus.stats()[0]).toEqual({ subscription: 'reader', backlogMessages: 0, leasedMessages: 0 });
  await publish(bus, 'old');
  await pass(3_000);
  await publish(bus, 'young');
  const age = (subscription: number): number | undefined => bus.stats()[subscription]?.oldestMessageAgeMillis;
  expect([age(0), age(1)]).toEqual([3_000, 3_000]);
  const [old] = await bus.pull('reader', 1);
  expect(bus.stats()[0]).toEqual({
    subscription: 'reader',
    backlogMessages: 2,
    leasedMessages: 1,
    oldestMessageAgeMillis: 3_000,
  });
  await bus.nack('reader', [old?.ackId ?? '']);
  await pass(2_000);
  expect(age(0)).toBe(5_000);
  await bus.acknowledge(
    'reader',
    (await bus.pull('reader', 1)).map((message) => message.ackId),
  );
  expect([age(0), age(1)]).toEqual([2_000, 5_000]);
  expect(bus.idle()).toEqual({ backlogMessages: 3, leasedMessages: 0 });
});
