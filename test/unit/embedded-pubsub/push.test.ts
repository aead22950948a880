import { expect, test } from 'vitest';
import type { Taker } from '../../../shared/adapters/embedded/push-dispatcher.ts';
import type { DeliveredMessage } from '../../../shared/ports/publisher.ts';
import { openBus, publish, pushedText, reader, settle, textsOf, worker } from './bus-fixture.ts';

const topics = ['work', 'dead'];

async function pushingBus(changes: Parameters<typeof worker>[0] = {}) {
  const opened = openBus();
  opened.bus.declare({
    topics,
    subscriptions: [worker(changes), reader({ name: 'dead-reader', topic: 'dead' })],
  });
  opened.bus.start();
  return opened;
}

test('sends the wrapped message that Google sends', async () => {
  const { bus, clock, pushes } = await pushingBus();
  const time = new Date(clock.nowMillis()).toISOString();
  await bus.publish('work', [{ data: Uint8Array.of(0, 255, 34, 92), attributes: { 'a"b': 'ü\n' } }]);
  await bus.publish('work', [{ data: new Uint8Array(0), attributes: { name: 'x' } }]);
  await settle();
  const [first, second] = pushes;
  expect([first?.endpoint, first?.timeoutMillis]).toEqual(['http://127.0.0.1:9/dedup', 10_000]);
  expect(JSON.parse(first?.body ?? '')).toEqual({
    message: {
      data: 'AP8iXA==',
      attributes: { 'a"b': 'ü\n' },
      messageId: '1',
      message_id: '1',
      publishTime: time,
      publish_time: time,
    },
    subscription: 'projects/local/subscriptions/worker',
    deliveryAttempt: 1,
  });
  const empty: { message: Record<string, unknown> } = JSON.parse(second?.body ?? '');
  expect(Object.keys(empty.message).sort()).toEqual([
    'attributes',
    'messageId',
    'message_id',
    'publishTime',
    'publish_time',
  ]);
});

test('counts deliveries only where there is a dead-letter policy', async () => {
  const { bus, pushes } = openBus();
  const { name, topic, ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds, push } = worker();
  const declaration = { name, topic, ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds };
  bus.declare({ topics, subscriptions: [{ ...declaration, ...(push && { push }) }] });
  bus.start();
  await publish(bus, 'a');
  await settle();
  expect(Object.keys(JSON.parse(pushes[0]?.body ?? '{}'))).toEqual(['message', 'subscription']);
});

test.each([102, 200, 201, 202, 204])('takes status %i as an acknowledgement', async (status) => {
  const { bus, pushes, pass } = await pushingBus();
  await publish(bus, 'a');
  await settle();
  await pushes[0]?.answer(status);
  expect(bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
  await pass(30_000);
  expect(pushes).toHaveLength(1);
});

test.each([0, 100, 203, 206, 301, 400, 404, 429, 500, 503])('takes status %i as a failure', async (status) => {
  const { bus, pushes, pass } = await pushingBus();
  await publish(bus, 'a');
  await settle();
  await pushes[0]?.answer(status);
  expect(bus.idle()).toEqual({ backlogMessages: 1, leasedMessages: 0 });
  await pass(999);
  expect(pushes).toHaveLength(1);
  await pass(1);
  expect(pushes.map(pushedText)).toEqual(['a', 'a']);
  expect(JSON.parse(pushes[1]?.body ?? '')).toMatchObject({ deliveryAttempt: 2 });
});

test('takes a broken connection as a failure, and a missing answer when the ack deadline passes', async () => {
  const { bus, pushes, pass } = await pushingBus();
  await publish(bus, 'a');
  await settle();
  await pushes[0]?.fail();
  await pass(1_000);
  expect(pushes).toHaveLength(2);
  await pass(10_000);
  expect(bus.idle().leasedMessages).toBe(0);
  await pass(2_000);
  expect(pushes).toHaveLength(3);
  // The answer to the second request comes after its deadline: the third delivery is not acknowledged by it.
  await pushes[1]?.answer(200);
  expect(bus.idle()).toEqual({ backlogMessages: 1, leasedMessages: 1 });
  await pushes[2]?.answer(200);
  expect(bus.idle()).toEqual({ backlogMessages: 0, leasedMessages: 0 });
});

test('hands an endpoint of this process the message itself, and takes its answer for that of a push', async () => {
  const taken: [text: string, attempt: number | undefined, answer: PromiseWithResolvers<number>][] = [];
  const take = (message: DeliveredMessage) => {
    const answer = Promise.withResolvers<number>();
    taken.push([Buffer.from(message.data).toString(), message.deliveryAttempt, answer]);
    return answer.promise;
  };
  const takers = new Map<string, Taker>();
  const { bus, pushes, pass } = openBus({ takers });
  bus.declare({ topics, subscriptions: [worker(), reader({ name: 'dead-reader', topic: 'dead' })] });
  bus.start();
  takers.set('http://127.0.0.1:9/dedup', take);
  await publish(bus, 'a', 'b', 'c');
  await settle();
  expect(taken.map(([text, attempt]) => [text, attempt])).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
  taken[0]?.[2].resolve(204);
  taken[1]?.[2].resolve(503);
  await settle();
  expect(bus.idle()).toEqual({ backlogMessages: 2, leasedMessages: 1 });
  taken[2]?.[2].reject(new Error('a bug'));
  await settle();
  await pass(1_000);
  expect(taken.slice(3).map(([text, attempt]) => [text, attempt])).toEqual([
    ['b', 2],
    ['c', 2],
  ]);
  await pass(10_000);
  expect(bus.idle().leasedMessages).toBe(0);
  takers.clear();
  await pass(4_000);
  expect(pushes.map(pushedText)).toEqual(['b', 'c']);
});

test('has no more requests on their way than allowed, and fills up as answers come', async () => {
  const { bus, pushes } = await pushingBus();
  await publish(bus, 'a', 'b', 'c', 'd');
  await settle();
  expect(pushes.map(pushedText)).toEqual(['a', 'b']);
  await pushes[1]?.answer(204);
  expect(pushes.map(pushedText)).toEqual(['a', 'b', 'c']);
  await pushes[0]?.answer(500);
  expect(pushes.map(pushedText)).toEqual(['a', 'b', 'c', 'd']);
  await settle();
  expect(pushes).toHaveLength(4);
});

test('moves a message to the dead-letter topic after its last attempt, and goes on with the others', async () => {
  const { bus, pushes, pass } = await pushingBus();
  await publish(bus, 'poison', 'fine');
  await settle();
  let answered = 0;
  for (let second = 0; second < 60; second += 1) {
    for (; answered < pushes.length; answered += 1) {
      const push = pushes[answered];
      await push?.answer(pushedText(push) === 'poison' ? 500 : 204);
    }
    await pass(1_000);
  }
  expect(pushes.map(pushedText).filter((content) => content === 'poison')).toHaveLength(5);
  expect(textsOf(await bus.pull('dead-reader', 10))).toEqual(['poison']);
  expect(bus.idle()).toEqual({ backlogMessages: 1, leasedMessages: 1 });
});

test('pushes nothing before it is started, and takes up new subscriptions while it runs', async () => {
  const { bus, pushes } = openBus();
  bus.declare({ topics, subscriptions: [worker()] });
  await publish(bus, 'a');
  await settle();
  expect(pushes).toHaveLength(0);
  bus.start();
  await settle();
  expect(pushes.map(pushedText)).toEqual(['a']);
  const push = { endpoint: 'http://127.0.0.1:9/other', maxOutstandingMessages: 1 };
  bus.declare({ topics: [], subscriptions: [worker({ name: 'other', push })] });
  await publish(bus, 'b');
  await settle();
  expect(pushes.map((sent) => sent.endpoint.slice(-5))).toEqual(['dedup', 'dedup', 'other']);
});

test('uses new settings once they are declared', async () => {
  const { bus, pushes } = await pushingBus();
  const push = { endpoint: 'http://127.0.0.1:9/moved', maxOutstandingMessages: 3 };
  bus.declare({ topics, subscriptions: [worker({ push, ackDeadlineSeconds: 60 })] });
  await publish(bus, 'a', 'b', 'c', 'd');
  await settle();
  expect(pushes.map((sent) => [sent.endpoint, sent.timeoutMillis])).toEqual(
    Array.from({ length: 3 }, () => ['http://127.0.0.1:9/moved', 60_000]),
  );
});

test('drains: sends nothing new, takes the answers that come, publishes what they cause, then closes', async () => {
  const { bus, pushes, clock } = await pushingBus();
  await publish(bus, 'a', 'b', 'c');
  await settle();
  let stopped = false;
  const stopping = bus.stop({ drainMillis: 5_000 }).then(() => {
    stopped = true;
  });
  await pushes[0]?.answer(204);
  expect([pushes.length, stopped]).toEqual([2, false]);
  await publish(bus, 'caused by b');
  await pushes[1]?.answer(204);
  await stopping;
  expect([pushes.length, clock.pendingTasks()]).toEqual([2, 0]);
});

test('drains no longer than told', async () => {
  const { bus, pushes, pass, clock } = await pushingBus();
  await publish(bus, 'a');
  await settle();
  let stopped = false;
  const stopping = bus.stop({ drainMillis: 5_000 }).then(() => {
    stopped = true;
  });
  await pass(4_999);
  expect(stopped).toBe(false);
  await pass(1);
  await stopping;
  await pushes[0]?.answer(204);
  expect(clock.pendingTasks()).toBe(0);
});
