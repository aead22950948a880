import type { QuarantineCursor, QuarantineFilter } from './quarantine-records.ts';

/** What a run was asked for. */
export interface ReplayRequest {
  readonly filter: QuarantineFilter;
  /** Records to try, those that were replayed before not counted. Absent: all. */
  readonly limit?: number;
  /** Events a second. Absent: as fast as it goes. */
  readonly rate?: number;
  /** Decides every event, publishes and marks nothing. */
  readonly dryRun: boolean;
}

export interface ReplayTotals {
  /** Records of the filter when the run began. */
  readonly records: number;
  /** Of these: read so far. */
  readonly read: number;
  /** Accepted and published; in a dry run those that would be. */
  readonly replayed: number;
  /** An earlier run has replayed them. */
  readonly replayedBefore: number;
  /** Those that stay as they are, by reason: a `StayReason`. */
  readonly stay: Readonly<Record<string, number>>;
}

/** The one run at a time, or the last one. */
export interface ReplayRun {
  readonly id: string;
  readonly request: ReplayRequest;
  readonly totals: ReplayTotals;
  /** Where it goes on; absent before its first page. */
  readonly cursor?: QuarantineCursor;
  /** `running` until its lease passes; then it was interrupted, as with `interrupted`, and can be gone on with. */
  readonly state: 'running' | 'interrupted' | 'done';
  /** Nobody else begins a run before this. */
  readonly leasedUntilMillis: number;
  readonly startedAtMillis: number;
  /** The rate has the next step wait until then; absent before the first, and from releases that did not tell. */
  readonly nextStepMillis?: number;
}

export interface StoredRun {
  readonly run: ReplayRun;
  /** Of the run as it was read: another after every save. */
  readonly version: string;
}

/**
 * The run of the quarantine's replay and what has been replayed. Whoever saves a run says which version it has read, so
 * two that go on with one run cannot both: that is the lease. A mark only saves work: a record without one is replayed
 * again under its own seal, which changes nothing. Marks may be forgotten `markDays` after they were made. All
 * calls reject with `Unavailable`.
 */
export interface Replays {
  run(): Promise<StoredRun | undefined>;
  /**
   * Stores the run and marks of the records in one step, at most `maxMarksPerSave`; answers with the version, or `changed`
   * where the run is not the one that was read.
   */
  save(run: ReplayRun, marks: ReplayMarks, version: string | undefined): Promise<string | 'changed'>;
  /** Those of the given records that have a mark. */
  replayed(recordKeys: readonly string[]): Promise<ReadonlySet<string>>;
}

interface ReplayMarks {
  readonly recordKeys: readonly string[];
  readonly atMillis: number;
}

export const maxMarksPerSave = 200;

/** Longer than a message can be on its way, so a mark outlives the claim of the record that it names. */
export const markDays = 40;
