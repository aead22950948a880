import { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { App } from 'cdktf';
import { Construct } from 'constructs';
import { afterAll, describe, expect, test } from 'vitest';
import { resourcesOf } from '../../infra/checks/resource-check.ts';
import { ArchiveSubscription } from '../../infra/constructs/archive-subscription.ts';
import { makeContext } from '../../infra/constructs/context.ts';
import { EdiStack } from '../../infra/constructs/edi-stack.ts';
import { declareSubscription } from '../../infra/constructs/subscription.ts';
import { TopicWithDeadLetter } from '../../infra/constructs/topic-with-dead-letter.ts';
import { EventTypesStack, groupByDomain } from '../../infra/stacks/event-types-stack.ts';
import { isOfRows } from '../../infra/stacks/pipeline-stack.ts';
import { topicsWithReaders } from '../../infra/topic-readers.ts';
import { makeTopology, type SubscriptionSpec, type Topology } from '../../infra/topology.ts';
import { environments } from '../helpers/infra.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';

const context = makeContext({ environment: environments.dev, topology: makeTopology([]), archives: new Map() });
// An app makes its folder at once.
const scratch = makeScratchFolder();
afterAll(() => scratch.remove());
const newApp = () => new App({ outdir: scratch.path });
const newStack = () => new EdiStack(newApp(), 'state', context);
const spec: SubscriptionSpec = {
  name: 'archive.orders',
  topic: 'orders',
  ackDeadlineSeconds: 300,
  minBackoffSeconds: 10,
  maxBackoffSeconds: 600,
  retentionDays: 31,
  target: { kind: 'push', function: 'dedup', maxOutstandingMessages: 1 },
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

/** A topology with a topic that hears of uploads. */
function topologyWithUploads(): Topology {
  const topology = makeTopology([eventSchema(schemaDocument())]);
  const topics = topology.topics.map((topic) =>
    topic.name === 'quarantine' ? { ...topic, uploadsTo: 'schemas' } : topic,
  );
  return { ...topology, topics };
}

describe('what the topology says in data', () => {
  const schema = eventSchema(schemaDocument());
  const topology = topologyWithUploads();

  test('what alpha types share is deployed in a stack of its own', () => {
    const groups = groupByDomain(topicsWithReaders(topology).filter(isOfRows), [schema]);
    expect(groups.map(({ domain }) => domain)).toEqual([undefined, 'shop']);
    const more = { ...context, topology };
    const [shared] = groups;
    const stack = shared === undefined ? undefined : new EventTypesStack(newApp(), more, shared);
    expect(stack?.node.id).toBe('dev-event-types');
    const resources = resourcesOf(JSON.parse(JSON.stringify(stack?.toTerraform())));
    const addresses = resources.map(({ type, address }) => `${type}.${address}`);
    expect(addresses).toContain('google_bigquery_table.alpha_rows_table');
    expect(addresses).toContain('google_bigquery_table.alpha_exact-view');
    expect(addresses.filter((address) => address.startsWith('google_storage_bucket_object'))).toEqual([]);
  });

  test('a topic hears of uploads when Cloud Storage may publish to it', () => {
    const stack = newStack();
    const topic = topicsWithReaders(topology).find(({ name }) => name === 'quarantine');
    if (topic === undefined) throw new Error('there is a quarantine');
    new TopicWithDeadLetter(stack, 'uploads', { context: makeContext({ ...context, topology }), spec: topic });
    const resources = resourcesOf(JSON.parse(JSON.stringify(stack.toTerraform())));
    const notification = resources.find(({ type }) => type === 'google_storage_notification');
    expect(notification?.config).toMatchObject({
      bucket: `${environments.dev.projectId}-schemas`,
      event_types: ['OBJECT_FINALIZE'],
      payload_format: 'JSON_API_V1',
    });
    expect(JSON.stringify(notification?.config['depends_on'])).toContain('storage-agent-pubsub-publisher');
  });
});

describe('a subscription', () => {
  test('that writes files has more time for a message than a file stays open', () => {
    const stack = newStack();
    const topic = new PubsubTopic(stack, 'topic', { name: 'orders' });
    expect(() => new ArchiveSubscription(stack, 'files', { context, spec, topic, bucket: 'rawArchive' })).toThrow(
      'archive.orders: its ack deadline of 300 s must exceed the 300 s that a file may stay open; set ackDeadlineSeconds to 600',
    );
  });

  test('with dead letters needs the topic for them', () => {
    const stack = newStack();
    const topic = new PubsubTopic(stack, 'topic', { name: 'orders' });
    const dead: SubscriptionSpec = { ...spec, deadLetter: { topic: 'dead', maxDeliveryAttempts: 5 } };
    expect(() => declareSubscription(stack, { context, spec: dead, topic }, {})).toThrow(
      /archive\.orders: .* come together/,
    );
  });
});
