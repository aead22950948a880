import type { Clock } from '../ports/clock.ts';
import type { CounterName, LogFields, Observer, Severity } from './observer.ts';

export interface JsonObserverOptions {
  /** Name of the function; the log field `component`. */
  readonly component: string;
  readonly clock: Clock;
  /** Takes one JSON line without its newline. What it throws (a full disk) is counted and told with the next line. */
  readonly writeLine: (line: string) => void;
  /** Counts are summed and logged at most this often, and only while there is traffic: a line an event would cost more
   * than the event. Default 10,000. */
  readonly countsIntervalMillis?: number;
}

/**
 * Writes JSON lines as Cloud Logging reads them from a function's standard output: `severity`, `message`, `time`, and
 * fields (product documentation, "Structured logging"). Log-based metrics read the `counts` lines. Neither method throws:
 * whoever tells of a failure has to go on, a loop with its next turn and a request with its answer.
 */
export function makeJsonObserver(options: JsonObserverOptions): Observer & { flush(): void } {
  const { component, clock, writeLine, countsIntervalMillis = 10_000 } = options;
  let counts = new Map<string, number>();
  let lastCountsMillis = clock.nowMillis();
  let lostLines = 0;

  function log(severity: Severity, message: string, fields: LogFields = {}): void {
    const time = new Date(clock.nowMillis()).toISOString();
    const lost = lostLines > 0 ? { lostLines } : {};
    try {
      writeLine(JSON.stringify({ severity, message, time, component, ...fields, ...lost }));
      lostLines = 0;
    } catch {
      lostLines += 1;
    }
  }

  function count(name: CounterName, amount = 1, reason?: string): void {
    if (amount === 0) return;
    const key = reason === undefined ? name : `${name}.${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + amount);
    if (clock.nowMillis() - lastCountsMillis >= countsIntervalMillis) flush();
  }

  function flush(): void {
    if (counts.size === 0) return;
    lastCountsMillis = clock.nowMillis();
    const sums = Object.fromEntries(counts);
    counts = new Map();
    log('INFO', 'counts', { counts: sums });
  }

  return { log, count, flush };
}

/** Sums counts in memory, for the local status and for tests; keys are `name` and `name.reason`. */
export function makeCountingObserver(): Observer & {
  readonly counts: ReadonlyMap<string, number>;
  /** Counts from 0 again. */
  reset(): void;
} {
  const counts = new Map<string, number>();
  return {
    counts,
    reset: () => counts.clear(),
    log() {},
    count(name, amount = 1, reason) {
      counts.set(name, (counts.get(name) ?? 0) + amount);
      if (reason !== undefined) counts.set(`${name}.${reason}`, (counts.get(`${name}.${reason}`) ?? 0) + amount);
    },
  };
}

/** Sends everything to each of `observers`. */
export function combineObservers(...observers: readonly Observer[]): Observer {
  return {
    log: (...entry) =>
      observers.forEach((observer) => {
        observer.log(...entry);
      }),
    count: (name, amount, reason) =>
      observers.forEach((observer) => {
        observer.count(name, amount, reason);
      }),
    flush: () =>
      observers.forEach((observer) => {
        observer.flush?.();
      }),
  };
}
