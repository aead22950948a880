/** Settings of dedup. */
export interface DedupConfig {
  /** How long a resend is recognised, counted from the seal that claimed the event. Default 35. */
  readonly lookBackDays: number;
  /** Rounds of read and conditional write, for lost races and split documents; then Pub/Sub redelivers. Default 10. */
  readonly maxClaimRounds: number;
  /** A claim document that would grow beyond this is split; reading it costs time and traffic. Default 192 KiB. */
  readonly maxDocumentBytes: number;
  /** How long a claim waits for others of this instance that are at work on its documents. Default 250. */
  readonly maxTurnWaitMillis: number;
  /**
   * Oldest knowledge of the bindings, and so of the bucket widths, that a claim may rest on. An instance asks the registry
   * as it works; after a rest without CPU it waits for the answer first, if there is one. Default 30.
   */
  readonly maxBindingAgeSeconds: number;
}

export const defaultDedupConfig: DedupConfig = {
  lookBackDays: 35,
  maxClaimRounds: 10,
  maxDocumentBytes: 192 * 1_024,
  maxTurnWaitMillis: 250,
  maxBindingAgeSeconds: 30,
};
