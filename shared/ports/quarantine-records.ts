/** A record of the quarantine as its table holds it. */
export interface QuarantineRecord {
  readonly seal: string;
  readonly receivedAtMillis: number;
  readonly sdk?: string;
  readonly reason: string;
  readonly type?: string;
  /** The event, encrypted to the quarantine's public key, base64. */
  readonly payload: string;
}

export interface QuarantineFilter {
  readonly reason?: string;
  readonly type?: string;
}

/** Reads the quarantine's table: BigQuery in the cloud, DuckDB locally. */
export interface QuarantineRecords {
  /**
   * Up to `limit` records after the first `offset`, the oldest first, always in the same order. A record that was
   * delivered twice may be there twice. Rejects with `Unavailable`.
   */
  read(
    filter: QuarantineFilter,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<QuarantineRecord[]>;
}

/** Remembers which records have been replayed. */
export interface ReplayMarks {
  /** Those of the given record ids that are marked. */
  marked(recordIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Marks records; marking twice is fine. Resolves when the marks are stored. */
  mark(recordIds: readonly string[], nowMillis: number): Promise<void>;
}
