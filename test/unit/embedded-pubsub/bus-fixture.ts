import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EmbeddedPubSub } from '../../../shared/adapters/embedded/pubsub.ts';
import { createManualClock, type ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { SubscriptionDeclaration } from '../../../shared/ports/bus-topology.ts';
import type { PulledMessage } from '../../../shared/ports/message-reader.ts';
import { type EmbeddedPubSubOptions, openEmbeddedPubSub } from '../../helpers/embedded-bus.ts';

/** A push request that waits for the test to answer it. */
export interface SentPush {
  readonly endpoint: string;
  readonly body: string;
  readonly timeoutMillis: number;
  answer(status: number): Promise<void>;
  /** The connection breaks. */
  fail(): Promise<void>;
}

export interface Bus {
  readonly bus: EmbeddedPubSub;
  readonly clock: ManualClock;
  /** Every request so far, in order. */
  readonly pushes: readonly SentPush[];
  /** Moves the clock in steps of up to a second, and lets what that starts come to rest. */
  pass(millis: number): Promise<void>;
}

/** A bus on a fake clock, in memory unless a path is given. */
export function openBus(options: Partial<EmbeddedPubSubOptions> & { clock?: ManualClock } = {}): Bus {
  const clock = options.clock ?? createManualClock();
  const pushes: SentPush[] = [];
  const push = (endpoint: string, body: string, timeoutMillis: number): Promise<number> =>
    new Promise((resolve, reject) => {
      pushes.push({
        endpoint,
        body,
        timeoutMillis,
        answer(status) {
          resolve(status);
          return settle();
        },
        fail() {
          reject(new Error('connection reset'));
          return settle();
        },
      });
    });
  const bus = openEmbeddedPubSub({ path: ':memory:', push, ...options, clock });
  return {
    bus,
    clock,
    pushes,
    async pass(millis) {
      for (let left = millis; left > 0; left -= 1_000) {
        clock.advance(Math.min(left, 1_000));
        await settle();
      }
    },
  };
}

/** Lets commits and what follows from them come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await nextTurn();
}

/** A pull subscription `reader` of topic `work`: deadline 10 s, backoff 1 to 8 s. */
export function reader(changes: Partial<SubscriptionDeclaration> = {}): SubscriptionDeclaration {
  return {
    name: 'reader',
    topic: 'work',
    ackDeadlineSeconds: 10,
    minBackoffSeconds: 1,
    maxBackoffSeconds: 8,
    ...changes,
  };
}

/** A push subscription `worker` of topic `work` with two requests at once and, after 5 attempts, topic `dead`. */
export function worker(changes: Partial<SubscriptionDeclaration> = {}): SubscriptionDeclaration {
  return reader({
    name: 'worker',
    push: { endpoint: 'http://127.0.0.1:9/dedup', maxOutstandingMessages: 2 },
    deadLetter: { topic: 'dead', maxDeliveryAttempts: 5 },
    ...changes,
  });
}

/** Publishes messages of one text each to `work`. */
export function publish(bus: EmbeddedPubSub, ...texts: string[]): Promise<void> {
  return bus.publish(
    'work',
    texts.map((content) => ({ data: Buffer.from(content), attributes: { content } })),
  );
}

/** The texts of messages, in their order. */
export function textsOf(messages: readonly PulledMessage[]): string[] {
  return messages.map((message) => Buffer.from(message.data).toString());
}

/** Pulls, gives everything back, and answers with the texts. */
export async function pullAndNack(bus: EmbeddedPubSub, subscription = 'reader'): Promise<string[]> {
  const messages = await bus.pull(subscription, 1_000);
  await bus.nack(
    subscription,
    messages.map((message) => message.ackId),
  );
  return textsOf(messages);
}

/** The text inside a push request. */
export function pushedText(push: SentPush | undefined): string {
  const body: { message: { data: string } } = JSON.parse(push?.body ?? '{"message":{"data":""}}');
  return Buffer.from(body.message.data, 'base64').toString();
}
