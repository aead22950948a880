import type { Message } from '../../ports/publisher.ts';
import { localProject } from './pubsub-topology.ts';

/**
 * The message as Google forwards it to a dead-letter topic: its data and attributes, and four attributes that say where
 * it comes from (cloud.google.com/pubsub/docs/handling-failures, "Track delivery attempts" and "dead-letter message
 * attributes").
 */
export function deadLetterOf(
  message: Message & { readonly publishTimeMillis: number },
  source: { readonly subscription: string; readonly deliveries: number },
): Message {
  return {
    data: message.data,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(source.deliveries),
      CloudPubSubDeadLetterSourceSubscription: source.subscription,
      CloudPubSubDeadLetterSourceSubscriptionProject: localProject,
      // Google writes this one with an offset, not with Z.
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishTimeMillis)
        .toISOString()
        .replace('Z', '+00:00'),
    },
  };
}
