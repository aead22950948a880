import { makeDice } from './scheduler.ts';

/** What can go wrong at a moment, each with its probability at every opportunity, as far as a plan has it. */
export const faultKinds = {
  crash: 'an instance ends between two operations, with all that it was doing',
  'scale-down': 'an instance is replaced by a new one, which starts from the snapshot',
  'clock-skew': "an instance's clock is minutes off",
  'stale-registry': 'an instance cannot ask the registry for hours: it holds old bindings and revisions',
  aborted: 'an operation fails and has done nothing',
  'unknown-outcome': 'an operation fails and has done all',
  'partial-write': 'an operation on several things fails and has done some',
  conflict: 'a document that nobody has changed is said to be changed',
  'told-conflict': 'a document is written, and said to be changed by somebody else',
  'late-expiry': 'the database deletes what has expired, some days after',
  'refused-publish': 'a publish fails before anything is stored',
  'lost-publish-answer': 'a publish fails and all is stored',
  'partial-publish': 'a publish fails and some messages are stored',
  'duplicate-delivery': 'a message is delivered twice at the same time',
  'lost-acknowledgement': 'a message that was acknowledged is delivered again',
  reorder: 'a message is delivered hours after later ones',
  'long-delay': 'a message is held for days, up to its retention',
  'dead-lettered-twice': 'a dead letter is published twice',
  'row-twice': 'a row is written twice',
  'lost-answer': 'a client never gets the answer to its request',
  'slow-answer': 'a client gets no answer within its time limit, and the server goes on',
  resend: 'a client sends again what was settled, as a phone that was restored does',
  repeat: 'a client sends an event twice in one request',
  offline: 'a client is offline for days',
  'wrong-clock': "a client's clock is off, by minutes or by years",
} as const;
export type FaultKind = keyof typeof faultKinds;

export type Rates = Readonly<Partial<Record<FaultKind, number>>>;

/** Decides what goes wrong, and counts it. */
export interface Chaos {
  /** True with the probability that the plan gives this kind; a fault that strikes is counted. */
  strikes(kind: FaultKind): boolean;
  /** Counts what a plan did by itself. */
  tell(kind: string): void;
  readonly counts: ReadonlyMap<string, number>;
}

/** Each kind has dice of its own, so that a plan without one of them changes little else. */
export function makeChaos(seed: number, rates: Rates, isCalm: () => boolean): Chaos {
  const names = Object.keys(faultKinds);
  const dice = new Map(Object.keys(rates).map((kind) => [kind, makeDice(seed * 64 + names.indexOf(kind))]));
  const counts = new Map<string, number>();
  const tell = (kind: string) => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return {
    strikes(kind) {
      const rate = rates[kind] ?? 0;
      if (rate === 0 || isCalm() || !dice.get(kind)?.chance(rate)) return false;
      tell(kind);
      return true;
    },
    tell,
    counts,
  };
}
