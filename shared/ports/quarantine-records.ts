/**
 * The reason of a stored record. Records outlive releases, so it is any text: one that this release knows is a
 * `RejectReason`, and another is still listed and replayed.
 */
type StoredReason = string;

/** A record of the quarantine as the warehouse keeps it: the payload is encrypted. */
export interface QuarantineRecord {
  /** Names the record: equal for copies of one row and for the same bytes of an SDK under another seal. */
  readonly recordKey: string;
  readonly seal: string;
  /** Position in the request or batch that it came with. */
  readonly sequence: number;
  /** How many events the payload holds, as an array; absent: it is one event. */
  readonly events?: number;
  readonly receivedAtMillis: number;
  readonly sentAtMillis?: number;
  readonly sdk?: string;
  readonly reason: StoredReason;
  readonly type?: string;
  /** Base64 of the encapsulated key that the payload is encrypted under, and the payload's number under it. */
  readonly enc: string;
  readonly encSequence: number;
  /** Base64 of the encrypted event, or of the events. */
  readonly payload: string;
}

export interface QuarantineFilter {
  readonly reason: StoredReason;
  readonly type?: string;
}

/** Records of one reason and type. */
export interface QuarantineGroup {
  readonly reason: StoredReason;
  /** Absent for events that name no type. */
  readonly type?: string;
  readonly records: number;
  /** Times of receipt. */
  readonly oldestMillis: number;
  readonly newestMillis: number;
}

interface QuarantinePage {
  /** By seal, then by sequence; each record once, under its oldest seal. */
  readonly records: readonly QuarantineRecord[];
  /** Where the next page starts; absent after the last one. */
  readonly nextAfterSeal?: string;
}

/** Reads the quarantine's table. Rows may be there twice. Rejects with `Unavailable`. */
export interface QuarantineRecords {
  /** Counts of the filter's records, or of all; records, not rows. */
  groups(filter: Partial<QuarantineFilter>): Promise<QuarantineGroup[]>;
  /** The records of the next `maxSeals` seals at most, every seal with all that the filter lets through. */
  page(filter: QuarantineFilter, maxSeals: number, afterSeal?: string): Promise<QuarantinePage>;
}
