import type { v1 } from '@google-cloud/pubsub';
import type { BusTopology, SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import { emulatorChannel } from './emulator-channel.ts';
import { errorCode, grpcStatus, toUnavailable } from './unavailable.ts';

export interface PubSubEmulatorOptions {
  readonly projectId: string;
  /** `host:port`. In a deployed environment Terraform declares topics and subscriptions, and nothing of ours may. */
  readonly emulatorHost: string;
}

/**
 * Makes topics and subscriptions on Google's emulator. What is there already stays as it is. Rejects with `Unavailable`.
 *
 * The backoff is left out. With one, the emulator (0.8.20) stops to redeliver a subscription's messages for good once
 * two that were tried twice come due in the same millisecond: its list of delayed messages takes both again and again,
 * and the timer that goes through the list dies of the second entry of a message that is gone. Without one a push that
 * failed is tried again after a second, and a message that was given back at once.
 */
export async function declareOnEmulator(options: PubSubEmulatorOptions, topology: BusTopology): Promise<void> {
  const { projectId } = options;
  const [{ v1: clients }, channel] = await Promise.all([
    import('@google-cloud/pubsub'),
    emulatorChannel(options.emulatorHost),
  ]);
  const publisher = new clients.PublisherClient({ projectId, ...channel });
  const subscriber = new clients.SubscriberClient({ projectId, ...channel });
  try {
    for (const topic of topology.topics)
      await unlessThere(() => publisher.createTopic({ name: topicName(projectId, topic) }));
    for (const declaration of topology.subscriptions) {
      await unlessThere(() => subscriber.createSubscription(subscriptionRequest(projectId, declaration)));
    }
  } catch (error) {
    throw toUnavailable('pubsub', 'Pub/Sub', error);
  } finally {
    await Promise.all([publisher.close(), subscriber.close()]);
  }
}

/** Google's own keeps 31. */
const longestOnEmulatorDays = 7;

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (errorCode(error) !== grpcStatus.alreadyExists) throw error;
  }
}

type CreateRequest = Parameters<InstanceType<typeof v1.SubscriberClient>['createSubscription']>[0];

function subscriptionRequest(projectId: string, declaration: SubscriptionDeclaration): CreateRequest {
  const { deadLetter, push, retentionDays = longestOnEmulatorDays } = declaration;
  return {
    name: subscriptionName(projectId, declaration.name),
    topic: topicName(projectId, declaration.topic),
    ackDeadlineSeconds: declaration.ackDeadlineSeconds,
    messageRetentionDuration: { seconds: Math.min(retentionDays, longestOnEmulatorDays) * 86_400 },
    // An empty policy: never removed for being idle.
    expirationPolicy: {},
    ...(push === undefined ? {} : { pushConfig: { pushEndpoint: push.endpoint } }),
    ...(deadLetter === undefined
      ? {}
      : {
          deadLetterPolicy: {
            deadLetterTopic: topicName(projectId, deadLetter.topic),
            maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
          },
        }),
  };
}

export function topicName(projectId: string, topic: string): string {
  return `projects/${projectId}/topics/${topic}`;
}

export function subscriptionName(projectId: string, subscription: string): string {
  return `projects/${projectId}/subscriptions/${subscription}`;
}
