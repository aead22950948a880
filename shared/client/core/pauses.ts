import type { ClientClock } from './ports.ts';

interface Deadline {
  readonly fromMillis: number;
  readonly untilMillis: number;
}

/** When what may be sent again. Whoever's clock is set back waits no longer for that. */
export interface Pauses {
  /** Nothing is sent for this time. */
  all(millis: number): void;
  /** The same, because the receiver asks for it: nobody can skip it. */
  atLeast(millis: number): void;
  /** A batch is not sent for this time. */
  one(id: number, millis: number): void;
  /** How long nothing, or this batch, is sent. */
  millis(id?: number): number;
  /** Until the first batch that waits, or Infinity. */
  next(): number;
  /** Batches sort by when their time has come. */
  order(id: number): number;
  /** Forgets all batches but these. */
  keep(ids: readonly number[]): void;
  /** Ends every pause, but for what the receiver asked for. */
  skip(): void;
}

export function makePauses(clock: ClientClock): Pauses {
  const batches = new Map<number, Deadline>();
  let everything: Deadline | undefined;
  let asked: Deadline | undefined;

  function deadline(millis: number): Deadline {
    const nowMillis = clock.nowMillis();
    return { fromMillis: nowMillis, untilMillis: nowMillis + millis };
  }

  function left(until: Deadline | undefined): number {
    if (until === undefined) return 0;
    const nowMillis = clock.nowMillis();
    return nowMillis < until.fromMillis ? 0 : Math.max(0, until.untilMillis - nowMillis);
  }

  return {
    all: (millis) => {
      everything = deadline(millis);
    },
    atLeast: (millis) => {
      asked = deadline(millis);
    },
    one: (id, millis) => {
      batches.set(id, deadline(millis));
    },
    millis: (id) => (id === undefined ? Math.max(left(everything), left(asked)) : left(batches.get(id))),
    next: () => Math.min(...[...batches.values()].map(left)),
    order: (id) => batches.get(id)?.untilMillis ?? 0,
    keep: (ids) => {
      const kept = new Set(ids);
      for (const id of batches.keys()) if (!kept.has(id)) batches.delete(id);
    },
    skip: () => {
      everything = undefined;
      batches.clear();
    },
  };
}
