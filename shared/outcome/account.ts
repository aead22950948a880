/** What became of one entry: a kind, or an object with a kind and what else there is to say, such as a reason. */
export type Outcome = string | { readonly kind: string };

type KindOf<O extends Outcome> = O extends string ? O : O extends { readonly kind: infer Kind } ? Kind : never;

type OutcomeOf<O extends Outcome, Kind> = O extends string ? Extract<O, Kind> : Extract<O, { readonly kind: Kind }>;

/** What counts the entries of each kind; the compiler asks for every kind, so that none goes uncounted. */
export type Counters<O extends Outcome> = {
  readonly [Kind in KindOf<O>]: (outcomes: readonly OutcomeOf<O, Kind>[]) => void;
};

export interface Settled<E, O> {
  /** Position among the entries. */
  readonly at: number;
  readonly entry: E;
  readonly outcome: O;
}

/** Entries of which each has one outcome, and each outcome a counter. */
export interface Account<E, O extends Outcome> {
  /** Of every entry, in their order. */
  readonly outcomes: readonly O[];
  /** The outcomes of one kind, in the order of the entries. */
  outcomesOf<Kind extends KindOf<O>>(kind: Kind): readonly OutcomeOf<O, Kind>[];
  /** Those of one kind with their entries, in the order of these. */
  of<Kind extends KindOf<O>>(kind: Kind): readonly Settled<E, OutcomeOf<O, Kind>>[];
  /** Counts every entry once. For the end: what was not stored is delivered again, and counted then. */
  count(): void;
}

/**
 * Where a batch is split: proves that every entry has exactly one outcome (the one at its position) and that every
 * outcome is counted. Throws when that is not so, before anything is made of the outcomes: it is a bug, and the batch has
 * to be delivered again rather than lose an event that nobody counts. Made for each batch, never for each event.
 */
export function account<E, O extends Outcome>(
  entries: readonly E[],
  outcomes: readonly (O | undefined)[],
  counters: Counters<O>,
): Account<E, O> {
  if (outcomes.length !== entries.length) {
    throw new Error(`a batch of ${entries.length} entries has ${outcomes.length} outcomes: each entry must have one`);
  }
  const settled: O[] = [];
  const groups = new Map<string, O[]>();
  let [before, group]: [string | undefined, O[]] = [undefined, []];
  for (let at = 0; at < entries.length; at++) {
    const outcome = outcomes[at];
    if (outcome === undefined) throw new Error(`entry ${at} of a batch of ${entries.length} has no outcome`);
    const kind = kindOf(outcome);
    // Mostly that of the one before.
    if (kind !== before) {
      if (!takes(counters, kind)) throw new Error(`no counter of this batch takes the outcome "${kind}"`);
      group = groups.get(kind) ?? [];
      groups.set(kind, group);
      before = kind;
    }
    group.push(outcome);
    settled.push(outcome);
  }
  return {
    outcomes: settled,
    outcomesOf<Kind extends KindOf<O>>(kind: Kind) {
      const ofKind = groups.get(kind) ?? [];
      return areOfKind<O, Kind>(ofKind, kind) ? ofKind : [];
    },
    of<Kind extends KindOf<O>>(kind: Kind) {
      const ofKind: Settled<E, OutcomeOf<O, Kind>>[] = [];
      if (!groups.has(kind)) return ofKind;
      let at = 0;
      for (const entry of entries) {
        const outcome = settled[at];
        if (outcome !== undefined && isOfKind<O, Kind>(outcome, kind)) ofKind.push({ at, entry, outcome });
        at++;
      }
      return ofKind;
    },
    count() {
      for (const kind of Object.keys(counters)) {
        if (!takes(counters, kind)) continue;
        const ofKind = groups.get(kind) ?? [];
        if (areOfKind<O, typeof kind>(ofKind, kind)) counters[kind](ofKind);
      }
    },
  };
}

function takes<O extends Outcome>(counters: Counters<O>, kind: string): kind is KindOf<O> {
  return Object.hasOwn(counters, kind);
}

function isOfKind<O extends Outcome, Kind>(outcome: O, kind: Kind): outcome is O & OutcomeOf<O, Kind> {
  return kindOf(outcome) === kind;
}

/** A group has outcomes of one kind. */
function areOfKind<O extends Outcome, Kind>(
  group: readonly O[],
  kind: Kind,
): group is readonly (O & OutcomeOf<O, Kind>)[] {
  return group[0] === undefined || kindOf(group[0]) === kind;
}

function kindOf(outcome: Outcome): string {
  return typeof outcome === 'string' ? outcome : outcome.kind;
}
