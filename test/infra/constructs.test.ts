import { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { App } from 'cdktf';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { ArchiveSubscription } from '../../infra/constructs/archive-subscription.ts';
import { makeContext } from '../../infra/constructs/context.ts';
import { EdiStack } from '../../infra/constructs/edi-stack.ts';
import { declareSubscription } from '../../infra/constructs/subscription.ts';
import { makeTopology, type SubscriptionSpec } from '../../infra/topology.ts';
import { environments } from '../helpers/infra.ts';

const context = makeContext({ environment: environments.dev, topology: makeTopology([]), archives: new Map() });
const newStack = () => new EdiStack(new App({ outdir: 'unused' }), 'state', context);
const spec: SubscriptionSpec = {
  name: 'hold.orders',
  topic: 'orders',
  ackDeadlineSeconds: 300,
  minBackoffSeconds: 10,
  maxBackoffSeconds: 600,
  target: { kind: 'hold' },
};

describe('a stack', () => {
  test('has addresses that people can read: the path of ids', () => {
    const stack = newStack();
    const topic = new PubsubTopic(new Construct(stack, 'shop.order'), 'topic', { name: 'orders' });
    expect(topic.friendlyUniqueId).toBe('shop-order_topic');
  });

  test('gives no address twice', () => {
    const stack = newStack();
    const first = new PubsubTopic(new Construct(stack, 'a_b'), 'c', { name: 'first' });
    const second = new PubsubTopic(new Construct(stack, 'a'), 'b_c', { name: 'second' });
    expect(first.friendlyUniqueId).toBe('a_b_c');
    expect(() => second.friendlyUniqueId).toThrow(
      /"dev-state\/a_b\/c" and "dev-state\/a\/b_c" would share the address "a_b_c"/,
    );
  });
});

describe('a subscription', () => {
  test('that writes files has more time for a message than a file stays open', () => {
    const stack = newStack();
    const topic = new PubsubTopic(stack, 'topic', { name: 'orders' });
    expect(() => new ArchiveSubscription(stack, 'files', { context, spec, topic, bucket: 'deadLetters' })).toThrow(
      'hold.orders: its ack deadline of 300 s must exceed the 300 s that a file may stay open; set ackDeadlineSeconds to 600',
    );
  });

  test('with dead letters needs the topic for them', () => {
    const stack = newStack();
    const topic = new PubsubTopic(stack, 'topic', { name: 'orders' });
    const dead: SubscriptionSpec = { ...spec, deadLetter: { topic: 'dead', maxDeliveryAttempts: 5 } };
    expect(() => declareSubscription(stack, { context, spec: dead, topic }, {})).toThrow(
      /hold\.orders: .* come together/,
    );
  });
});
