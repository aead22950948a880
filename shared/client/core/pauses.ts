import type { ClientClock } from './ports.ts';

/** What waits: a batch, by its id, or all of them, for one of two reasons. */
type Waiting = number | 'failed' | 'asked';

interface Pause {
  readonly fromMillis: number;
  readonly untilMillis: number;
  /** How often the batch was tried. */
  readonly tried: number;
}

/** When what may be sent again. Whoever's clock is set back waits no longer for that. */
export interface Pauses {
  /** It is not sent for this time. */
  set(what: Waiting, millis: number, tried?: number): void;
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
  const pauses = new Map<Waiting, Pause>();
  const none: Pause = { fromMillis: 0, untilMillis: 0, tried: 0 };
  const of = (what: Waiting) => pauses.get(what) ?? none;
  const batches = () => [...pauses.keys()].filter((what) => typeof what === 'number');

  function left(what: Waiting): number {
    const nowMillis = clock.nowMillis();
    const { fromMillis, untilMillis } = of(what);
    return nowMillis < fromMillis ? 0 : Math.max(0, untilMillis - nowMillis);
  }

  function set(what: Waiting, millis: number, tried = 0): void {
    const fromMillis = clock.nowMillis();
    pauses.set(what, { fromMillis, untilMillis: fromMillis + millis, tried });
  }

  return {
    set,
    all: () => Math.max(left('failed'), left('asked')),
    next: () => Math.min(...batches().map(left)),
    tried: (id) => of(id).tried,
    due(ids) {
      const known = new Set(ids);
      for (const id of batches()) if (!known.has(id)) pauses.delete(id);
      return ids.filter((id) => !left(id)).sort((a, b) => of(a).untilMillis - of(b).untilMillis)[0];
    },
    skip() {
      for (const [what, { tried }] of pauses) if (what !== 'asked') set(what, 0, tried);
    },
  };
}
