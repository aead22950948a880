import { type FaultKind, faultKinds, type Rates } from './chaos.ts';
import { makeDice } from './scheduler.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** After this time nothing goes wrong any more, and clients are online. */
export const calmAfterMillis = 36 * day;
/** Beyond the retention of the second line: whatever was held is delivered, purged or lost by then. */
const endMillis = 70 * day;
/** When invariants are looked at, the end among them. */
export const checkpoints = [
  4 * hour,
  2 * day,
  9 * day,
  21 * day,
  calmAfterMillis,
  calmAfterMillis + 5 * day,
  endMillis,
];

/** `late` is unknown at first; `trial` is in alpha until its promotion; `order` gets a column. */
export const types = { order: 'shop.order.v1', trial: 'shop.trial.v1', late: 'shop.late.v1' } as const;
export type TypeName = keyof typeof types;

export interface PlannedClient {
  readonly sdk: 'web' | 'phone' | 'relay';
  readonly source: string;
  /** Of its clock before the server's. */
  readonly clockOffsetMillis: number;
  readonly tellsSentAt: boolean;
  /** It sends a refused event again, corrected, under the same identity. */
  readonly corrects: boolean;
}

export interface PlannedEvent {
  readonly client: number;
  /** Time after the start at which it happens. */
  readonly happensMillis: number;
  readonly id: string;
  readonly type: TypeName;
  /** `number`: never fits its schema. `colour`: fits from the revision on that has the property. */
  readonly flaw: 'none' | 'number' | 'colour';
  readonly person: string;
}

/**
 * What an operator or the platform does at a time; windows end after `lengthMillis`. Stages are away for less time than
 * there is between the purge of a message and the end of its retention: else nobody could count what is lost.
 */
export interface PlannedStep {
  readonly kind: StepKind;
  readonly atMillis: number;
  readonly lengthMillis: number;
  readonly subject: number;
}

export const stepKinds = {
  replay: 'an operator replays a reason of the quarantine',
  late: 'the unknown type is published',
  revision: 'a revision with another column is published',
  promotion: 'the alpha type is promoted to a table of its own',
  'width-swap': 'the width of the buckets changes, in three steps',
  'stage-away': 'all instances of a stage are away',
  'topic-refuses': 'a topic refuses all messages',
  'table-away': 'a table takes no rows',
  'claims-away': 'the claim index is away',
  'registry-away': 'the registry is away',
  'keys-away': 'the keys of data subjects are away',
  'bad-key': 'the stored key of one data subject cannot be read until it is mended',
  rollback: 'pseudonymize sees the registry of before the last revision',
  erase: 'a person is erased, with the installations that nobody else uses',
} as const;
type StepKind = keyof typeof stepKinds;

export interface Plan {
  readonly seed: number;
  readonly clients: readonly PlannedClient[];
  readonly events: readonly PlannedEvent[];
  readonly rates: Rates;
  readonly steps: readonly PlannedStep[];
}

/** What is left of a plan; absent: all of it. */
export interface Reduction {
  readonly events?: readonly number[];
  readonly steps?: readonly number[];
  readonly faults?: readonly FaultKind[];
}

/** The plan of a seed. Reduced, it differs in nothing but what is taken away. */
export function makePlan(seed: number, { events, steps, faults }: Reduction = {}): Plan {
  const whole = wholePlan(seed);
  return {
    ...whole,
    events: whole.events.filter((_, at) => events?.includes(at) ?? true),
    steps: whole.steps.filter((_, at) => steps?.includes(at) ?? true),
    rates: Object.fromEntries(
      Object.entries(whole.rates).filter(([kind]) => faults?.some((one) => one === kind) ?? true),
    ),
  };
}

function wholePlan(seed: number): Plan {
  const dice = makeDice(seed);
  const rates: Partial<Record<FaultKind, number>> = {};
  const harshness = dice.pick([0.2, 0.5, 1]);
  for (const kind of faultNames) if (dice.chance(0.6)) rates[kind] = harshness * (usualRates[kind] ?? 0.03);
  const clients = Array.from({ length: 1 + dice.below(3) }, (_, at): PlannedClient => {
    const offsets = [2 * minute, -5 * minute, -200 * day, 2 * day, -3 * 365 * day] as const;
    const isWrong = rates['wrong-clock'] !== undefined && dice.chance(0.4);
    const clockOffsetMillis = isWrong ? dice.pick(offsets) : 0;
    return {
      sdk: dice.pick(['web', 'phone', 'phone', 'relay']),
      // The last client is a copy of the first now and then: in another namespace its events are others.
      source: at > 0 && dice.chance(0.3) ? 'installation-0' : `installation-${at}`,
      clockOffsetMillis,
      tellsSentAt: dice.chance(0.4),
      corrects: dice.chance(0.7),
    };
  });
  const events = clients.flatMap((_, client) =>
    Array.from({ length: 1 + dice.below(7) }, (): PlannedEvent => {
      return {
        client,
        happensMillis: dice.chance(0.6) ? dice.below(6 * hour) : dice.below(calmAfterMillis - day),
        id: dice.chance(0.5) ? `e-${dice.below(3)}` : uuid(dice.below(1_000)),
        type: dice.pick(['order', 'order', 'order', 'trial', 'late']),
        flaw: dice.pick(['none', 'none', 'none', 'none', 'number', 'colour']),
        person: `person-${dice.below(3)}`,
      };
    }),
  );
  const steps = stepNames.flatMap((kind): PlannedStep[] =>
    Array.from({ length: timesOf(kind, dice) }, () => {
      const soon = dice.chance(0.5) ? 12 * hour : 30 * day;
      const length = dice.pick([
        kind === 'bad-key' ? 4 * day : 10 * minute,
        5 * hour,
        day,
        kind === 'stage-away' ? 36 * hour : 12 * day,
      ]);
      return { kind, atMillis: dice.below(soon), lengthMillis: length, subject: dice.below(12) };
    }),
  );
  return { seed, clients, events, rates, steps: steps.sort((one, other) => one.atMillis - other.atMillis) };
}

const faultNames = Object.keys(faultKinds).filter((kind): kind is FaultKind => kind in faultKinds);
const stepNames = Object.keys(stepKinds).filter((kind): kind is StepKind => kind in stepKinds);

/** Where the usual rate of 0.03 at each opportunity would be too much or too little. */
const usualRates: Rates = {
  crash: 0.02,
  'scale-down': 0.02,
  conflict: 0.1,
  'told-conflict': 0.1,
  'partial-write': 0.1,
  'partial-publish': 0.05,
  'row-twice': 0.1,
  'clock-skew': 0.6,
  'stale-registry': 0.05,
  'late-expiry': 1,
  'long-delay': 0.05,
  'duplicate-delivery': 0.08,
  'lost-acknowledgement': 0.08,
  reorder: 0.1,
  'dead-lettered-twice': 0.5,
  'lost-answer': 0.15,
  'slow-answer': 0.05,
  resend: 0.1,
  repeat: 0.08,
  offline: 0.1,
  'wrong-clock': 0.4,
};

function timesOf(kind: StepKind, dice: ReturnType<typeof makeDice>): number {
  if (kind === 'erase') return dice.pick([0, 0, 0, 1, 2]);
  return stepTimes[kind] ?? (dice.chance(0.25) ? 1 : 0);
}

/** What every plan has, so often; the others come in one of four. */
const stepTimes: Partial<Record<StepKind, number>> = { replay: 4, late: 1, revision: 1, promotion: 1, 'bad-key': 1 };

/** A version that a row shows. */
function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
