/** Severities of Cloud Logging's LogEntry. */
export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

/** Counts, reasons and names of our own making. Never a value of an event, a key or a token. */
export type LogFields = Readonly<Record<string, string | number | boolean | Readonly<Record<string, number>>>>;

/** What the stages count; `reason` splits a count. */
export type CounterName =
  | 'accepted'
  | 'duplicates-in-request'
  | 'rejected'
  | 'retry-answered'
  | 'refused-requests'
  | 'batches-sealed'
  | 'claimed'
  | 'duplicates'
  | 'possible-duplicates'
  | 'beyond-look-back'
  | 'claim-conflicts'
  | 'delivered'
  | 'quarantined'
  | 'replayed'
  | 'undeclared-properties'
  | 'dropped-extensions'
  | 'dropped-personal-values'
  | 'rows-written'
  | 'stage-retries'
  | 'event-bugs';

/** Where a function's logs and counts go. */
export interface Observer {
  log(severity: Severity, message: string, fields?: LogFields): void;
  count(name: CounterName, amount?: number, reason?: string): void;
}
