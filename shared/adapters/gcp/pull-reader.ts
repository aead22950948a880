import type { protos, v1 } from '@google-cloud/pubsub';
import type { Clock } from '../../ports/clock.ts';
import type { MessageReader, PulledMessage } from '../../ports/message-reader.ts';
import { channelOptions } from './channel-options.ts';
import { emulatorChannel } from './emulator-channel.ts';
import { type PubSubEmulatorOptions, subscriptionName } from './pubsub-admin.ts';
import { toUnavailable } from './unavailable.ts';

export interface PullReaderOptions extends PubSubEmulatorOptions {
  readonly clock: Clock;
  /** How often each subscription is looked at. Default 200. */
  readonly pollMillis?: (subscription: string) => number;
  /** How long what was given back waits, up to 600: the emulator has no backoff. Default 0. */
  readonly backoffSeconds?: (subscription: string) => number;
}

type SubscriberClient = InstanceType<typeof v1.SubscriberClient>;

/** Reads subscriptions of Google's Pub/Sub emulator, for the tables that BigQuery subscriptions write in the cloud. */
export function openPullReader(options: PullReaderOptions): MessageReader & { close(): Promise<void> } {
  const { projectId, clock, pollMillis = () => 200, backoffSeconds = () => 0 } = options;
  let connected: Promise<SubscriberClient> | undefined;

  async function request<T>(send: (client: SubscriberClient) => Promise<T>): Promise<T> {
    connected ??= connect(options);
    try {
      return await send(await connected);
    } catch (error) {
      throw toUnavailable('pubsub', 'Pub/Sub', error);
    }
  }

  return {
    pull: (subscription, maxMessages) =>
      request(async (client) => {
        const name = subscriptionName(projectId, subscription);
        const [answer] = await client.pull({ subscription: name, maxMessages, returnImmediately: true });
        return (answer.receivedMessages ?? []).map((received) => readMessage(received, name));
      }),
    async acknowledge(subscription, ackIds) {
      if (ackIds.length === 0) return;
      const name = subscriptionName(projectId, subscription);
      await request((client) => client.acknowledge({ subscription: name, ackIds: [...ackIds] }));
    },
    async nack(subscription, ackIds) {
      if (ackIds.length === 0) return;
      const call = {
        subscription: subscriptionName(projectId, subscription),
        ackIds: [...ackIds],
        // Leased for so long is as good as not there.
        ackDeadlineSeconds: backoffSeconds(subscription),
      };
      await request((client) => client.modifyAckDeadline(call));
    },
    onMessage(subscription, wake) {
      let cancel = clock.after(0, tick);
      function tick(): void {
        wake();
        cancel = clock.after(pollMillis(subscription), tick);
      }
      return () => cancel();
    },
    async close() {
      const client = await connected;
      await client?.close();
    },
  };
}

async function connect({ projectId, emulatorHost }: PubSubEmulatorOptions): Promise<SubscriberClient> {
  const [{ v1: clients }, channel] = await Promise.all([import('@google-cloud/pubsub'), emulatorChannel(emulatorHost)]);
  return new clients.SubscriberClient({ projectId, ...channelOptions, ...channel });
}

type Received = protos.google.pubsub.v1.IReceivedMessage;

function readMessage({ ackId, message, deliveryAttempt }: Received, subscription: string): PulledMessage {
  const { data, attributes, messageId, publishTime } = message ?? {};
  return {
    ackId: ackId ?? '',
    subscription,
    messageId: messageId ?? '',
    publishTimeMillis: Number(publishTime?.seconds ?? 0) * 1_000,
    data: typeof data === 'string' ? Buffer.from(data, 'base64') : (data ?? new Uint8Array(0)),
    attributes: attributes ?? {},
    ...(deliveryAttempt ? { deliveryAttempt } : {}),
  };
}
