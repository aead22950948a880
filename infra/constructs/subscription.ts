import {
  PubsubSubscription,
  type PubsubSubscriptionConfig,
} from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { PubsubSubscriptionIamMember } from '@cdktf/provider-google/lib/pubsub-subscription-iam-member/index.js';
import type { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import type { Construct } from 'constructs';
import type { SubscriptionSpec } from '../topology.ts';
import type { Context } from './context.ts';
import { protectedIn } from './edi-stack.ts';

export interface SubscriptionProps {
  readonly context: Context;
  readonly spec: SubscriptionSpec;
  readonly topic: PubsubTopic;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the spec's dead letters; absent only where the spec has none. */
  readonly deadLetterTopic?: PubsubTopic;
}

/** Where messages go. */
export type SubscriptionTarget = Pick<
  PubsubSubscriptionConfig,
  'pushConfig' | 'bigqueryConfig' | 'cloudStorageConfig'
> &
  Pick<PubsubSubscriptionConfig, 'dependsOn'>;

const daySeconds = 86_400;

/** A subscription with what all have alike, and the right to take dead letters out of it. */
export function declareSubscription(scope: Construct, props: SubscriptionProps, target: SubscriptionTarget): void {
  const { context, spec, topic, deadLetterTopic, labels } = props;
  if ((spec.deadLetter === undefined) !== (deadLetterTopic === undefined)) {
    throw new Error(`${spec.name}: a dead letter policy and the topic for it come together`);
  }
  const subscription = new PubsubSubscription(scope, 'subscription', {
    name: spec.name,
    topic: topic.id,
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ackDeadlineSeconds: spec.ackDeadlineSeconds,
    messageRetentionDuration: `${spec.retentionDays * daySeconds}s`,
    // Otherwise Pub/Sub deletes a subscription that was idle for 31 days.
    expirationPolicy: { ttl: '' },
    // Without a policy a message that was not acknowledged comes again at once.
    retryPolicy: { minimumBackoff: `${spec.minBackoffSeconds}s`, maximumBackoff: `${spec.maxBackoffSeconds}s` },
    ...(spec.deadLetter === undefined || deadLetterTopic === undefined
      ? {}
      : {
          deadLetterPolicy: {
            deadLetterTopic: deadLetterTopic.id,
            maxDeliveryAttempts: spec.deadLetter.maxDeliveryAttempts,
          },
        }),
    lifecycle: protectedIn(context),
    ...target,
  });
  for (const { id, role, member } of context.bindingsOn({ kind: 'subscription', name: spec.name })) {
    new PubsubSubscriptionIamMember(scope, id, { subscription: subscription.name, role, member });
  }
}
