import { expect, test } from 'vitest';
import { GroupCommit } from '../../../shared/adapters/embedded/group-commit.ts';
import { pubsubTables } from '../../../shared/adapters/embedded/pubsub-statements.ts';
import { PubSubStore } from '../../../shared/adapters/embedded/pubsub-store.ts';
import { Subscription } from '../../../shared/adapters/embedded/pubsub-subscription.ts';
import { PushDispatcher } from '../../../shared/adapters/embedded/push-dispatcher.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { reader, settle, worker } from './bus-fixture.ts';
import { FlakyDatabase } from './flaky-database.ts';

async function subscriptionOn(declaration: ReturnType<typeof reader>) {
  const database = new FlakyDatabase(':memory:');
  database.exec(pubsubTables);
  const clock = createManualClock();
  const store = new PubSubStore(database, 0);
  const commits = new GroupCommit(database, 'publisher');
  const subscription = new Subscription(declaration, {
    clock,
    random: undefined,
    store,
    commits,
    maxPullBytes: 1_000,
    retryMillis: 500,
    deliver: () => undefined,
    freed: () => undefined,
  });
  const message = { data: Buffer.from('a'), attributes: {} };
  await commits.run((afterCommit) => store.insert(message, clock.nowMillis(), [subscription.id], afterCommit));
  subscription.added(1);
  return { database, clock, subscription };
}

test('a lease, an acknowledgement and a nack that cannot be stored reject, and have changed nothing', async () => {
  const { database, subscription } = await subscriptionOn(reader());
  database.failing = ['COMMIT'];
  await expect(subscription.lease(1)).rejects.toThrow(Unavailable);
  expect(subscription.leasedMessages).toBe(0);
  database.failing = [];
  const [message] = await subscription.lease(1);
  const ackIds = [message?.ackId ?? ''];
  database.failing = ['COMMIT'];
  await expect(subscription.acknowledge(ackIds)).rejects.toThrow(Unavailable);
  await expect(subscription.nack(ackIds)).rejects.toThrow(Unavailable);
  expect([subscription.backlogMessages, subscription.leasedMessages]).toEqual([1, 1]);
  database.failing = [];
  await subscription.acknowledge(ackIds);
  expect([subscription.backlogMessages, subscription.leasedMessages]).toEqual([0, 0]);
});

test('a deadline that passes while the storage fails takes effect once it works again', async () => {
  const { database, clock, subscription } = await subscriptionOn(reader());
  await subscription.lease(1);
  database.failing = ['COMMIT'];
  for (let half = 0; half < 24; half += 1) {
    clock.advance(500);
    await settle();
  }
  expect(subscription.leasedMessages).toBe(1);
  database.failing = [];
  clock.advance(500);
  await settle();
  expect(subscription.leasedMessages).toBe(0);
  clock.advance(1_000);
  expect(await subscription.lease(1)).toHaveLength(1);
});

test('pushing goes on once the storage works again', async () => {
  const { database, clock, subscription } = await subscriptionOn(worker());
  const bodies: string[] = [];
  const push = async (_endpoint: string, body: string): Promise<number> => {
    bodies.push(body);
    return 204;
  };
  database.failing = ['COMMIT'];
  const dispatcher = new PushDispatcher(subscription, { push, clock, retryMillis: 500 });
  dispatcher.start();
  await settle();
  clock.advance(499);
  await settle();
  database.failing = [];
  await settle();
  expect(bodies).toHaveLength(0);
  clock.advance(1);
  await settle();
  expect(bodies).toHaveLength(1);
  expect(subscription.backlogMessages).toBe(0);
  dispatcher.stop();
});
