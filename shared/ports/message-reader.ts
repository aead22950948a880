import type { DeliveredMessage } from './publisher.ts';

export interface PulledMessage extends DeliveredMessage {
  /** Of this delivery alone: it has no effect any more once the message is delivered again. */
  readonly ackId: string;
}

/** Reads subscriptions by pulling, at least once. All reject with `Unavailable`. */
export interface MessageReader {
  /** Leases up to `maxMessages` messages for the ack deadline; none when there are none soon. */
  pull(subscription: string, maxMessages: number): Promise<PulledMessage[]>;
  acknowledge(subscription: string, ackIds: readonly string[]): Promise<void>;
  /** Delivered again after the subscription's backoff. `why` is told by the dead letter that it may become. */
  nack(subscription: string, ackIds: readonly string[], why?: string): Promise<void>;
  /** Calls `wake` whenever there may be something to pull. Returns how to stop that. */
  onMessage(subscription: string, wake: () => void): () => void;
}
