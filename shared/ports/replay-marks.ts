import type { QuarantineFilter } from './quarantine-records.ts';

export interface ReplayMark extends QuarantineFilter {
  readonly recordKey: string;
  readonly replayedAtMillis: number;
}

interface ReplayCount extends QuarantineFilter {
  readonly records: number;
}

/**
 * Which records of the quarantine have been replayed. A mark only saves work: a record without one is replayed again
 * under its own seal, which changes nothing. All calls reject with `Unavailable`.
 */
export interface ReplayMarks {
  /** Those of the given records that have a mark. */
  replayed(recordKeys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Keeps the marks; of a record that has one already, the first stays. */
  mark(marks: readonly ReplayMark[]): Promise<void>;
  /** How many records have a mark, by reason and type. */
  counts(): Promise<ReplayCount[]>;
}
