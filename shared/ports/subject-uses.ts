/** Where it is recorded in which months subjects were seen: each by the id of the first record of its key. */
export interface SubjectUses {
  /**
   * Records what is not recorded yet; never changes anything. `month` in UTC: `2026-11`. What is done when it rejects
   * (`Unavailable`) is not known.
   */
  mark(month: string, ids: readonly string[]): Promise<void>;
}

/** What ends subjects that were not seen for long does with it. All calls reject with `Unavailable`. */
export interface SubjectUseRecords {
  /** Subjects that were seen in the month, at most `max`, in whatever order. */
  seenIn(month: string, max: number): Promise<string[]>;
  /** Those of them that were seen in the month. */
  amongSeenIn(month: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes marks away, whether they are there or not. */
  forget(month: string, ids: readonly string[]): Promise<void>;
}
