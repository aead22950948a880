import type { BusTopology } from '../../ports/bus-topology.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MessageReader, PulledMessage } from '../../ports/message-reader.ts';
import type { Publisher } from '../../ports/publisher.ts';
import type { Random } from '../../ports/random.ts';
import type { EmbeddedPubSubSettings } from './pubsub-settings.ts';
import type { Push, Taker } from './push-dispatcher.ts';

export interface EmbeddedPubSubParts {
  readonly clock: Clock;
  /** Spreads redeliveries; without it they come exactly after their backoff. */
  readonly random?: Random;
  /** Needed when a subscription pushes. */
  readonly push?: Push;
  /** By endpoint, those in this process, to which nothing is sent: looked up for each message. */
  readonly takers?: ReadonlyMap<string, Taker>;
  /**
   * Topics that only stages publish to which read another subscription of this bus. `publish` does not wait for the file
   * there, and neither does `acknowledge` of any subscription, where there are such topics: both are stored together, some time
   * later. What the death of the process, or a power failure, takes of them is published again, since it takes the
   * acknowledgement of its origin, too.
   */
  readonly isRelayed?: (topic: string) => boolean;
  readonly settings?: Partial<EmbeddedPubSubSettings>;
}

export interface SubscriptionStats {
  readonly subscription: string;
  /** Not acknowledged: waiting, and delivered without an answer yet. */
  readonly backlogMessages: number;
  readonly leasedMessages: number;
  /** Since it was published; absent when there is none. */
  readonly oldestMessageAgeMillis?: number;
}

/**
 * A Pub/Sub in this process, on one SQLite file, that behaves like Google's as far as a function sees it: at-least-once
 * delivery, push and pull, ack deadlines, backoff, dead letters. Its differences: a late acknowledgement has no effect,
 * fresh messages come in the order of publishing, a delivery counts as an attempt also when the process died during it,
 * what one call published for a single reader that pulls is leased, and fails, together (so a pull may give fewer than it
 * could), a message may be delivered before its publisher is answered, and a subscription that this process has not
 * declared receives nothing (what it had waits until it is declared again).
 */
export interface EmbeddedPubSub extends Publisher, MessageReader {
  /** Makes topics and subscriptions, also while running; declaring again changes settings only. Throws for a mistake. */
  declare(topology: BusTopology): void;
  /**
   * Leases up to `maxMessages` messages for the ack deadline. Resolves at once, with none when there are none. `Unavailable`
   * when the storage fails, here and in the next two.
   */
  pull(subscription: string, maxMessages: number): Promise<PulledMessage[]>;
  acknowledge(subscription: string, ackIds: readonly string[]): Promise<void>;
  nack(subscription: string, ackIds: readonly string[], why?: string): Promise<void>;
  /** Drops what is not acknowledged, as a seek to this moment does; what is delivered just now may still have effects. */
  purge(subscription: string): Promise<void>;
  /**
   * Calls `wake` each time that messages may have come within reach (published, backoff over), and once soon when there
   * already may be some. Returns how to stop that.
   */
  onMessage(subscription: string, wake: () => void): () => void;
  /** Every declared subscription, in the order of declaration. A few index look-ups each. */
  stats(): SubscriptionStats[];
  /** Sums over all subscriptions; both 0 when nothing is left to do. */
  idle(): { readonly backlogMessages: number; readonly leasedMessages: number };
  /** Begins to push. */
  start(): void;
  /**
   * Stops pushing, waits for the pushes on their way at most `drainMillis` (publishing and acknowledging still work
   * meanwhile), then closes. Afterwards pulls give nothing and everything else rejects with `Unavailable`.
   */
  stop(options: { readonly drainMillis: number }): Promise<void>;
}
