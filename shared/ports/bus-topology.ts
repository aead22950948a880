/** Topics of a bus, and the subscriptions that read them. */
export interface BusTopology {
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionDeclaration[];
}

/** A subscription with Google's settings, in Google's ranges. */
export interface SubscriptionDeclaration {
  readonly name: string;
  readonly topic: string;
  /** 10 to 600: a message that is not acknowledged after it is delivered again. For push it bounds the request. */
  readonly ackDeadlineSeconds: number;
  /** 0 to 600: the wait after the first failed delivery; it doubles with every further one. 0: delivered again at once. */
  readonly minBackoffSeconds: number;
  /** 0 to 600, not below the minimum. */
  readonly maxBackoffSeconds: number;
  /** 1 to 31: what was published longer ago is gone without having been acknowledged. Default 31. */
  readonly retentionDays?: number;
  /** Without: delivered until it is acknowledged. `maxDeliveryAttempts` is 5 to 100. */
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
  /** Without: a reader pulls. */
  readonly push?: { readonly endpoint: string; readonly maxOutstandingMessages: number };
}
