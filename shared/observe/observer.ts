import type {
  ForeignReason,
  LegacyReason,
  LossReason,
  RedeliveryReason,
  RejectReason,
  RetryReason,
  StayReason,
} from '../outcome/outcome.ts';

/** Severities of Cloud Logging's LogEntry. */
export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

/** Counts, reasons and names of our own making. Never a value of an event, a key or a token. */
export type LogFields = Readonly<Record<string, string | number | boolean | Readonly<Record<string, number>>>>;

/** What the functions count, and what splits a count; `undefined` where nothing does. */
interface CounterReasons {
  accepted: undefined;
  'duplicates-in-request': undefined;
  rejected: RejectReason | ForeignReason;
  'retry-answered': RetryReason;
  /** The HTTP status. */
  'refused-requests': `${number}`;
  'batches-sealed': undefined;
  claimed: undefined;
  duplicates: undefined;
  'possible-duplicates': undefined;
  'beyond-look-back': undefined;
  'claim-conflicts': undefined;
  delivered: undefined;
  quarantined: undefined;
  replayed: undefined;
  /** Records of the quarantine that speak of people who are erased, deleted. */
  'quarantine-erased': undefined;
  /** Rows of people who are erased, unlinked or deleted; or emptied of what speaks of them. */
  'rows-unlinked': undefined;
  /** Hourly: nothing of erasures is left that is due, or the next call goes on with it. */
  'erasures-finished': undefined;
  'replay-stays': StayReason;
  'undeclared-properties': undefined;
  'dropped-extensions': undefined;
  /** Values of `sequence` that are no number to count with. */
  'unusable-sequences': undefined;
  'dropped-personal-values': undefined;
  /** The dataset. */
  'rows-written': string;
  /** Events of an erased person or installation, dropped: by when they were received, or by their own time alone. */
  erased: 'received' | 'own-time';
  /** Daily: what was stored of a synthetic person cannot be read after its erasure. */
  'erasure-proven': undefined;
  'erasure-unproven': undefined;
  'stage-retries': RedeliveryReason;
  'event-bugs': undefined;
  /** Events that could not go on with their batch, and were published again as one of their own. */
  'published-again': undefined;
  lost: LossReason;
  /** Records of legacy files, by mapping. */
  'legacy-records': string;
  /** Of these, bad ones and events that validation refused. */
  'legacy-refused': RejectReason | LegacyReason;
}
export type CounterName = keyof CounterReasons;

/** Where a function's logs and counts go. */
export interface Observer {
  log(severity: Severity, message: string, fields?: LogFields): void;
  count<Name extends CounterName>(name: Name, amount?: number, reason?: CounterReasons[Name]): void;
  /** Writes what is counted and not yet written, where that is put off. */
  flush?(): void;
}
