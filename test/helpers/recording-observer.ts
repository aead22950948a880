import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { LogFields, Observer, Severity } from '../../shared/observe/observer.ts';

interface LogEntry {
  readonly severity: Severity;
  readonly message: string;
  readonly fields: LogFields;
}

export interface RecordingObserver extends Observer {
  readonly counts: ReadonlyMap<string, number>;
  readonly entries: readonly LogEntry[];
}

/** Remembers counts and everything that was logged. */
export function recordingObserver(): RecordingObserver {
  const { counts, count } = makeCountingObserver();
  const entries: LogEntry[] = [];
  return {
    counts,
    count,
    entries,
    log: (severity, message, fields = {}) => void entries.push({ severity, message, fields }),
  };
}
