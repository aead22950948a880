/** Google's limits of one Pub/Sub message, which its emulator does not enforce (so every publisher here does). */
export const pubsubLimits = {
  maxMessageBytes: 10_000_000,
  maxAttributes: 100,
  maxAttributeKeyBytes: 256,
  maxAttributeValueBytes: 1_024,
} as const;

export interface Message {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message as a push subscription delivers it. */
export interface DeliveredMessage extends Message {
  readonly messageId: string;
  readonly publishTimeMillis: number;
  /** Full name of the subscription that delivered it. */
  readonly subscription: string;
  /** 1 for the first delivery; absent where the platform does not count (no dead letter policy, Google's emulator). */
  readonly deliveryAttempt?: number;
}

/** Publishes to a topic, at least once. */
export interface Publisher {
  /**
   * Resolves when every message is stored durably by the bus; rejects with `Unavailable` when that is not known of
   * all of them (some may have been stored: the caller resends all, and dedup removes the surplus).
   */
  publish(topic: string, messages: readonly Message[]): Promise<void>;
}
