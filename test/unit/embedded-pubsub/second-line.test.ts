import { expect, test } from 'vitest';
import { openBus, publish, pushedText, reader, settle, textsOf, worker } from './bus-fixture.ts';

const dayMillis = 86_400_000;
const again = reader({
  name: 'second-line.worker',
  topic: 'dead',
  minBackoffSeconds: 600,
  maxBackoffSeconds: 600,
  push: { endpoint: 'http://127.0.0.1:9/dedup', maxOutstandingMessages: 1 },
});

test('a dead letter is pushed to the same stage again every ten minutes, without a count, until it is taken', async () => {
  const { bus, pushes, pass } = openBus();
  bus.declare({ topics: ['work', 'dead'], subscriptions: [worker(), again] });
  bus.start();
  await publish(bus, 'late');
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await settle();
    await pushes.at(-1)?.answer(503);
    await pass(9_000);
  }
  const bodyOf = (at: number): unknown => JSON.parse(pushes.at(at)?.body ?? '{}');
  for (const count of [6, 7]) {
    expect(pushes).toHaveLength(count);
    expect(pushedText(pushes.at(-1))).toBe('late');
    expect(bodyOf(-1)).toMatchObject({ subscription: expect.stringMatching(/\/second-line\.worker$/) });
    expect(bodyOf(-1)).not.toHaveProperty('deliveryAttempt');
    await pushes.at(-1)?.answer(503);
    await pass(599_000);
    expect(pushes).toHaveLength(count);
    await pass(2_000);
  }
  await pushes.at(-1)?.answer(204);
  expect(bus.idle().backlogMessages).toBe(0);
});

test('a message goes with its retention, and those behind it are still found', async () => {
  const { bus, clock } = openBus();
  bus.declare({ topics: ['work'], subscriptions: [reader({ retentionDays: 7 })] });
  await publish(bus, 'old');
  clock.advance(7 * dayMillis);
  await publish(bus, 'new');
  expect(textsOf(await bus.pull('reader', 1))).toEqual(['old']);
  for (const millis of [10_000, 9_000]) {
    clock.advance(millis);
    await settle();
  }
  let woken = 0;
  bus.onMessage('reader', () => {
    woken += 1;
  });
  await settle();
  const before = woken;
  expect(textsOf(await bus.pull('reader', 1))).toEqual([]);
  await settle();
  expect(woken).toBeGreaterThan(before);
  expect(textsOf(await bus.pull('reader', 1))).toEqual(['new']);
  expect(bus.idle().backlogMessages).toBe(1);
});

test('a row that a table refused says why in its dead letter', async () => {
  const { bus } = openBus();
  const deadLetter = { topic: 'dead', maxDeliveryAttempts: 5 };
  const prompt = { minBackoffSeconds: 0, maxBackoffSeconds: 0 };
  const subscriptions = [reader({ ...prompt, deadLetter }), reader({ name: 'second-line.reader', topic: 'dead' })];
  bus.declare({ topics: ['work', 'dead'], subscriptions });
  await publish(bus, 'row');
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const ackIds = (await bus.pull('reader', 1)).map(({ ackId }) => ackId);
    await bus.nack('reader', ackIds, 'no column "ä"'.repeat(200));
  }
  const [dead] = await bus.pull('second-line.reader', 1);
  expect(dead?.attributes['CloudPubSubDeadLetterSourceDeliveryErrorMessage']).toMatch(/^no column "ä"/);
  expect(dead?.attributes['content']).toBe('row');
});
