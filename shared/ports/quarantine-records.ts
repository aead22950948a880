import type { FieldError } from '../outcome/outcome.ts';

/**
 * The reason of a stored record. Records outlive releases, so it is any text: one that this release knows is a
 * `RejectReason`, and another is still listed and replayed.
 */
type StoredReason = string;

/** A record of the quarantine as the warehouse keeps it: the payload is encrypted. */
export interface QuarantineRecord {
  /** Names the record: equal for copies of one row and for the same bytes of an SDK under another seal. */
  readonly recordKey: string;
  /** The first that the record came under. */
  readonly seal: string;
  /** How many events the payload holds, as an array; absent: it is one event. */
  readonly events?: number;
  readonly receivedAtMillis: number;
  readonly sentAtMillis?: number;
  readonly keptAtMillis: number;
  readonly sdk?: string;
  readonly reason: StoredReason;
  readonly type?: string;
  /** A newer record claims the same identity to the same SDK; this one is not to come back. Of several events: all of them. */
  readonly superseded: boolean;
  /** Of several events: the places of those that a newer record claims. Absent: none. */
  readonly supersededAt?: readonly number[];
  /** Base64 of the encapsulated key that the payload is encrypted under, and the payload's number under it. */
  readonly enc: string;
  readonly encSequence: number;
  /** Base64 of the encrypted event, or of the events. */
  readonly payload: string;
}

/** Records of all kinds where nothing is given. */
export interface QuarantineFilter {
  readonly reason?: StoredReason;
  readonly type?: string;
  readonly recordKey?: string;
  /** By the time of keeping: from this on, in Unix milliseconds. */
  readonly keptFromMillis?: number;
  /** Before this. */
  readonly keptToMillis?: number;
}

/** Records of one reason and type. */
export interface QuarantineGroup {
  readonly reason: StoredReason;
  /** Absent for events that name no type. */
  readonly type?: string;
  readonly records: number;
  /** Of the records: how many a replay has sent on, as far as the warehouse knows; they stay in the table. */
  readonly replayed: number;
  /** Seals that the records came under: how often their bytes were refused. */
  readonly occurrences: number;
  /** Events in the records: one each but for requests that are no JSON objects. */
  readonly events: number;
  /** Times of receipt. */
  readonly oldestMillis: number;
  readonly newestMillis: number;
  /** Different faults of the records, by the first error of each. */
  readonly faults: number;
  /** One of them: the first by keyword and path. Absent where no record tells any. */
  readonly fault?: FieldError;
}

/** A place in the order of records. */
export interface QuarantineCursor {
  readonly seal: string;
  readonly recordKey: string;
}

/** Reads the quarantine's table, each record once however often its row is there. Rejects with `Unavailable`. */
export interface QuarantineRecords {
  groups(filter: QuarantineFilter): Promise<QuarantineGroup[]>;
  /**
   * The filter's records by seal, then by key, in pages that memory holds whatever the size of a record; none is empty.
   * Goes on after the cursor.
   */
  read(filter: QuarantineFilter, after?: QuarantineCursor): AsyncIterable<readonly QuarantineRecord[]>;
}
