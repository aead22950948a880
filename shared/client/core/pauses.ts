import type { ClientClock } from './ports.ts';

/** Something failed: nothing is sent for a while. Batches have ids from 0 on. */
export const failed = -1;
/** The receiver asks for a pause. */
export const asked = -2;

interface Pause {
  readonly untilMillis: number;
  readonly millis: number;
  /** How often the batch was tried. */
  readonly tried: number;
}

/** When what may be sent again: a batch, by its id, or all of them. */
export interface Pauses {
  /** It is not sent for this time. */
  set(what: number, millis: number, tried?: number): void;
  /** For how long nothing is sent: something failed, or the receiver asks for it. */
  all(): number;
  /** Until the first batch that waits, or Infinity. */
  next(): number;
  tried(id: number): number;
  /** Of these batches the one whose time came first, of those whose time has come. Forgets all others. */
  due(ids: readonly number[]): number | undefined;
  /** Ends every pause, but for what the receiver asked for. How often batches were tried stays. */
  skip(): void;
}

export function makePauses(clock: ClientClock): Pauses {
  const pauses = new Map<number, Pause>();
  const of = (what: number): Pause => pauses.get(what) ?? { untilMillis: 0, millis: 0, tried: 0 };
  const batches = () => [...pauses.keys()].filter((what) => what >= 0);

  function left(what: number): number {
    const { untilMillis, millis } = of(what);
    const leftMillis = untilMillis - clock.nowMillis();
    // More than the whole of it: the clock was set back, and nobody waits for that.
    return leftMillis > millis ? 0 : Math.max(0, leftMillis);
  }

  function set(what: number, millis: number, tried = 0): void {
    pauses.set(what, { untilMillis: clock.nowMillis() + millis, millis, tried });
  }

  return {
    set,
    all: () => Math.max(left(failed), left(asked)),
    next: () => Math.min(...batches().map(left)),
    tried: (id) => of(id).tried,
    due(ids) {
      const known = new Set(ids);
      for (const id of batches()) if (!known.has(id)) pauses.delete(id);
      return ids.filter((id) => !left(id)).sort((a, b) => of(a).untilMillis - of(b).untilMillis)[0];
    },
    skip() {
      for (const [what, { tried }] of pauses) if (what !== asked) set(what, 0, tried);
    },
  };
}
