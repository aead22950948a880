import { v1 } from '@google-cloud/pubsub';
import { emulatorProject } from '../../infra/local/emulators/emulator-environment.ts';
import { topics } from '../../infra/naming.ts';
import { emulatorChannel } from '../../shared/adapters/gcp/emulator-channel.ts';
import { declareOnEmulator, subscriptionName, topicName } from '../../shared/adapters/gcp/pubsub-admin.ts';
import type { PulledMessage } from '../../shared/ports/message-reader.ts';
import { type IntegrationDeployment, processIdOf, promptDelivery } from './integration-deployment.ts';
import { waitFor } from './local-process.ts';

const busOf = ({ emulators }: IntegrationDeployment) => ({
  projectId: emulatorProject,
  emulatorHost: emulators.pubsub.host,
});

/** Reads what is published to a topic from now on. */
export async function tapTopic(deployment: IntegrationDeployment, topic: string) {
  const name = `tap.${topic}`;
  const { maxDeliveryAttempts: _, secondLineBackoffSeconds: __, ...timing } = promptDelivery;
  await declareOnEmulator(busOf(deployment), { topics: [], subscriptions: [{ name, topic, ...timing }] });
  return {
    /** The next message. */
    next: (): Promise<PulledMessage> =>
      waitFor(`a message of ${topic}`, async () => (await deployment.reader.pull(name, 1))[0], 120_000),
  };
}

/** The body of a push as Pub/Sub sends it; the emulator leaves `deliveryAttempt` out. */
export function pushBody(message: PulledMessage, { deliveryAttempt }: { readonly deliveryAttempt: number }): string {
  const { data, attributes, messageId, subscription } = message;
  return JSON.stringify({
    message: { data: Buffer.from(data).toString('base64'), attributes, messageId },
    subscription,
    deliveryAttempt,
  });
}

/**
 * Takes away the topic that dedup publishes to, with what reads it, which should have read all; the answer puts both back. Dedup
 * stands still meanwhile: what it published to a topic that nobody reads yet would be lost.
 */
export async function removeDeduplicatedTopic(deployment: IntegrationDeployment): Promise<() => Promise<void>> {
  const bus = busOf(deployment);
  const channel = { projectId: bus.projectId, ...(await emulatorChannel(bus.emulatorHost)) };
  const [publisher, subscriber] = [new v1.PublisherClient(channel), new v1.SubscriberClient(channel)];
  await publisher.deleteTopic({ topic: topicName(bus.projectId, topics.deduplicated) });
  await subscriber.deleteSubscription({ subscription: subscriptionName(bus.projectId, 'pseudonymize') });
  await Promise.all([publisher.close(), subscriber.close()]);
  const endpoint = deployment.functions.find(({ name }) => name === 'pseudonymize')?.url ?? '';
  const { maxDeliveryAttempts: _, secondLineBackoffSeconds: __, ...timing } = promptDelivery;
  return async () => {
    const dedup = processIdOf(deployment, 'dedup');
    process.kill(dedup, 'SIGSTOP');
    await declareOnEmulator(bus, {
      topics: [topics.deduplicated],
      subscriptions: [
        { name: 'pseudonymize', topic: topics.deduplicated, ...timing, push: { endpoint, maxOutstandingMessages: 16 } },
      ],
    }).finally(() => process.kill(dedup, 'SIGCONT'));
  };
}
