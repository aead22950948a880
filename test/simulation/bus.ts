import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import type { DeliveredMessage, Message, Publisher } from '../../shared/ports/publisher.ts';
import type { Faults } from './faults.ts';

export interface Bus extends Publisher {
  subscribe(topic: string, stage: (message: DeliveredMessage) => Promise<StageOutcome>): void;
  /** Everything that was ever stored on a topic. */
  messagesOf(topic: string): readonly Message[];
  /** Messages that are stored and not acknowledged by their subscriber. */
  unacknowledged(): number;
}

const maxBackoffMillis = 60_000;

/** Pub/Sub: keeps what is published, delivers in any order until it is acknowledged, and now and then once more. */
export function makeBus({ dice, scheduler, rate }: Faults): Bus {
  const stored = new Map<string, Message[]>();
  const subscribers = new Map<string, (message: DeliveredMessage) => Promise<StageOutcome>>();
  let unacknowledged = 0;
  let delivered = 0;

  async function deliverUntilAcknowledged(topic: string, message: Message): Promise<void> {
    const stage = subscribers.get(topic);
    if (stage === undefined) return;
    unacknowledged++;
    for (let deliveryAttempt = 1; ; deliveryAttempt++) {
      await scheduler.turn();
      const delivery = { ...message, messageId: String(delivered++), publishTimeMillis: 0, subscription: topic };
      const run = () => stage({ ...delivery, deliveryAttempt }).catch(() => ({ kind: 'retry' }) as const);
      // The same message twice at the same time, as at-least-once delivery allows.
      const [outcome] = await Promise.all(dice.chance(rate()) ? [run(), run()] : [run()]);
      // An acknowledgement can get lost.
      if (outcome?.kind === 'done' && !dice.chance(rate())) break;
      const backoffMillis = dice.below(maxBackoffMillis);
      await new Promise<void>((resolve) => scheduler.clock.after(backoffMillis, resolve));
    }
    unacknowledged--;
  }

  return {
    async publish(topic, messages) {
      stored.set(topic, [...(stored.get(topic) ?? []), ...messages]);
      for (const message of messages) void deliverUntilAcknowledged(topic, message);
    },
    subscribe: (topic, stage) => void subscribers.set(topic, stage),
    messagesOf: (topic) => stored.get(topic) ?? [],
    unacknowledged: () => unacknowledged,
  };
}
