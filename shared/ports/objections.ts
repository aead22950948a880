/**
 * While a person objects: what is received from then on, and before the end, makes no row. An objection that was withdrawn
 * keeps its end, since what was received during it may come later.
 */
export interface Objection {
  readonly fromMillis: number;
  /** Absent until it is withdrawn. */
  readonly untilMillis?: number;
}

export type ObjectionChange =
  | { readonly kind: 'object'; readonly fromMillis: number }
  | { readonly kind: 'withdraw'; readonly untilMillis: number };

/** Longest from an event's receipt until a stage handles it: quarantine keeps it 20 days, and a replay's messages live 29. */
const longestWayMillis = 60 * 86_400_000;
/** Of one person; the oldest go. Each is a person's change of mind within the time above. */
const maxObjections = 100;

/** Whether what was received at that moment makes no row. */
export function isObjected(objections: readonly Objection[], receivedAtMillis: number): boolean {
  return objections.some(
    ({ fromMillis, untilMillis = Number.POSITIVE_INFINITY }) =>
      fromMillis <= receivedAtMillis && receivedAtMillis < untilMillis,
  );
}

/** The objections after a change; undefined where it changes nothing: who objects already, or has not objected. */
export function changedObjections(
  found: readonly Objection[],
  change: ObjectionChange,
): readonly Objection[] | undefined {
  const open = found.find(({ untilMillis }) => untilMillis === undefined);
  if ((open !== undefined) === (change.kind === 'object')) return undefined;
  if (change.kind === 'withdraw') {
    return found.map((one) => (one === open ? { ...one, untilMillis: change.untilMillis } : one));
  }
  const kept = found.filter(({ untilMillis = 0 }) => untilMillis > change.fromMillis - longestWayMillis);
  return [...kept, { fromMillis: change.fromMillis }].slice(-maxObjections);
}

/** For a field or a column: pairs of JSON. `readObjections` is its inverse. */
export function objectionsText(objections: readonly Objection[]): string {
  return JSON.stringify(objections.map(({ fromMillis, untilMillis = null }) => [fromMillis, untilMillis]));
}

/** Throws for what another release wrote. */
export function readObjections(text: string): Objection[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new TypeError('stored objections cannot be read: another release wrote them');
  return value.map((pair: unknown) => {
    const [from, until] = Array.isArray(pair) ? pair : [];
    if (typeof from !== 'number' || (until !== null && typeof until !== 'number')) {
      throw new TypeError('stored objections cannot be read: another release wrote them');
    }
    return { fromMillis: from, ...(until === null ? {} : { untilMillis: until }) };
  });
}
