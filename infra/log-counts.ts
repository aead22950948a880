import type { CounterName } from '../shared/observe/observer.ts';
import { legacyReasons, lossReasons, rejectReasons } from '../shared/outcome/outcome.ts';

/** A count that the functions log, and the metric that is made of it. */
export interface LogCount {
  /** Of the metric: `logging.googleapis.com/user/<name>`. */
  readonly metric: string;
  /** Key in the `counts` of a log line: the counter, with its reason where it has one. */
  readonly key: string;
  readonly description: string;
}

const counters: Readonly<Partial<Record<CounterName, string>>> = {
  accepted: 'Events that ingest accepted',
  'duplicates-in-request': 'Events that were twice in one request',
  'batches-sealed': 'Messages that ingest published',
  claimed: 'Events that dedup forwarded',
  duplicates: 'Resends that dedup removed',
  'possible-duplicates': 'Events that dedup forwarded again under a claim that was made earlier',
  'beyond-look-back': 'Events too old for resends to be recognised',
  'claim-conflicts': 'Claim documents that another instance wrote first',
  delivered: 'Rows that pseudonymize published',
  quarantined: 'Events that pseudonymize refused',
  replayed: 'Events that a replay sent on',
  'undeclared-properties': 'Properties that no schema declares, dropped',
  'dropped-personal-values': 'Personal values of nobody known, dropped',
  'published-again': 'Events that could not go on with their batch, and were published again as one of their own',
  erased: 'Events of erased people and installations, dropped',
  'erasure-proven': 'Synthetic people whose erasure was proven',
  'erasure-unproven': 'Synthetic people whose erasure was looked at and not proven',
  'erasures-finished': 'Calls that left nothing of erasures that is due, or went on with it',
  'event-bugs':
    'Events that no row could be made of, or that were refused, because a bug threw or a stored key is broken',
};

/** The counts that are worth a metric. */
export const logCounts: readonly LogCount[] = [
  ...Object.entries(counters).map(([key, description]) => ({ metric: `edi/${key}`, key, description })),
  {
    metric: 'edi/erased-own-time',
    key: 'erased.own-time',
    description: 'Of the erased: those that came after the cutoff, and happened before the erasure by their own time',
  },
  ...Object.entries(rejectReasons).map(([reason, why]) => ({
    metric: `edi/rejected-${reason}`,
    key: `rejected.${reason}`,
    description: `Events that ingest rejected: ${why}`,
  })),
  ...Object.entries(legacyReasons).map(([reason, why]) => ({
    metric: `edi/${reason}`,
    key: `legacy-refused.${reason}`,
    description: `Records of legacy files that are in quarantine: ${why}`,
  })),
  ...Object.entries(lossReasons).map(([reason, why]) => ({
    metric: lossMetric(reason),
    key: `lost.${reason}`,
    description: `Acknowledged events that are gone: ${why}`,
  })),
];

/** Of events that are gone for a reason. */
export function lossMetric(reason: string): string {
  return `edi/lost-${reason}`;
}

export const errorMetric = 'edi/errors';
