/** Settings of dedup. */
export interface DedupConfig {
  /** How long a resend is recognised, counted from the seal that claimed the event. Default 35. */
  readonly lookBackDays: number;
  /** Rounds of read and conditional write for documents that lost a race; then Pub/Sub redelivers. Default 5. */
  readonly maxClaimRounds: number;
}

export const defaultDedupConfig: DedupConfig = { lookBackDays: 35, maxClaimRounds: 5 };
