import { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import { PubsubTopicIamPolicy } from '@cdktf/provider-google/lib/pubsub-topic-iam-policy/index.js';
import { StorageNotification } from '@cdktf/provider-google/lib/storage-notification/index.js';
import { Construct } from 'constructs';
import type { BucketKind } from '../../shared/needs/kind.ts';
import { kindOf } from '../../shared/needs/variables.ts';
import type { TopicWithReaders } from '../topic-readers.ts';
import type { TopicSpec } from '../topology.ts';
import type { Context } from './context.ts';
import { protectedIn } from './edi-stack.ts';
import { policyOf } from './policy.ts';

export interface TopicWithDeadLetterProps {
  readonly context: Context;
  readonly spec: TopicWithReaders;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A topic, and for each of its subscriptions the topic of its dead letters; `declareReaders` makes what reads them. Topics with personal data in the clear are encrypted with a key of ours, and have exactly the publishers and
 * readers of the topology: whoever is added elsewhere is removed again.
 */
export class TopicWithDeadLetter extends Construct {
  readonly topic: PubsubTopic;
  /** By the name of the subscription whose dead letters they take. */
  readonly deadLetterTopics: ReadonlyMap<string, PubsubTopic>;

  constructor(scope: Construct, id: string, { context, spec, labels }: TopicWithDeadLetterProps) {
    super(scope, id);
    this.topic = declareTopic(this, 'topic', { context, spec, labels });
    const deadLetterTopics = new Map<string, PubsubTopic>();
    for (const { subscription, deadLetterTopic } of spec.readers) {
      const suffix = spec.readers.length === 1 ? '' : `-${subscription.name}`;
      const topic = declareTopic(this, `dead-letters${suffix}`, { context, spec: deadLetterTopic, labels });
      deadLetterTopics.set(subscription.name, topic);
    }
    this.deadLetterTopics = deadLetterTopics;
  }
}

interface TopicProps {
  readonly context: Context;
  readonly spec: TopicSpec;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

function declareTopic(scope: Construct, id: string, { context, spec, labels }: TopicProps): PubsubTopic {
  const { environment, names, topology } = context;
  const topic = new PubsubTopic(scope, id, {
    name: spec.name,
    // Messages are stored where the environment runs, wherever they were published.
    messageStoragePolicy: { allowedPersistenceRegions: [...environment.regions] },
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(spec.clearPersonalData ? { kmsKeyName: names.key('clearTopics') } : {}),
    lifecycle: protectedIn(context),
  });
  const bindings = context.bindingsOn({ kind: 'topic', name: spec.name });
  if (spec.clearPersonalData) {
    new PubsubTopicIamPolicy(scope, `${id}-policy`, { topic: topic.name, policyData: policyOf(bindings) });
    return topic;
  }
  const members = bindings.map(
    ({ id: binding, role, member }) =>
      new PubsubTopicIamMember(scope, `${id}-${binding}`, { topic: topic.name, role, member }),
  );
  if (spec.uploadsTo !== undefined) {
    new StorageNotification(scope, `${id}-uploads`, {
      bucket: names.bucket(kindOf<BucketKind>(topology.kinds.buckets, spec.uploadsTo)),
      topic: topic.id,
      payloadFormat: 'JSON_API_V1',
      eventTypes: ['OBJECT_FINALIZE'],
      // Cloud Storage tries to publish when it is told to.
      dependsOn: members,
    });
  }
  return topic;
}
