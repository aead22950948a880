import type { SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import { deliveryErrorAttribute, firstPublishTimeAttribute } from '../../ports/dead-letter.ts';
import { type Message, pubsubLimits } from '../../ports/publisher.ts';
import { localProject } from './pubsub-topology.ts';

/** Of UTF-8. */
const maxCharacterBytes = 4;

/**
 * The message as Google forwards it to a dead-letter topic: its data and attributes, and attributes that say where it
 * comes from, and why a table did not take it (cloud.google.com/pubsub/docs/handling-failures, "Track delivery attempts"
 * and "dead-letter message attributes").
 */
export function deadLetterOf(
  message: Message & { readonly publishTimeMillis: number },
  source: { readonly subscription: string; readonly deliveries: number; readonly why?: string | undefined },
): Message {
  return {
    data: message.data,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(source.deliveries),
      CloudPubSubDeadLetterSourceSubscription: source.subscription,
      CloudPubSubDeadLetterSourceSubscriptionProject: localProject,
      // Google writes this one with an offset, not with Z.
      [firstPublishTimeAttribute]: new Date(message.publishTimeMillis).toISOString().replace('Z', '+00:00'),
      ...(source.why === undefined
        ? {}
        : { [deliveryErrorAttribute]: source.why.slice(0, pubsubLimits.maxAttributeValueBytes / maxCharacterBytes) }),
    },
  };
}

/** Whether so many deliveries are all that there are before the dead-letter topic. */
export function isExhausted({ deadLetter }: SubscriptionDeclaration, deliveries: number): boolean {
  return deadLetter !== undefined && deliveries >= deadLetter.maxDeliveryAttempts;
}
