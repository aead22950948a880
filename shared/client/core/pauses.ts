import type { ClientClock } from './ports.ts';

/** Something failed: nothing is sent for a while. Batches have ids from 0 on. */
export const failed = -1;
/** The receiver asks for a pause. */
export const asked = -2;

interface Pause {
  readonly untilMillis: number;
  readonly lengthMillis: number;
  /** How often the batch was tried. */
  readonly tried: number;
}

/** When what may be sent again: a batch, by its id, or all of them. */
export interface Pauses {
  /** It is not sent for this time. */
  pause(what: number, lengthMillis: number, tried?: number): void;
  /** For how long it is not sent; below 0, for how long it could have been. */
  left(what: number): number;
  tried(id: number): number;
  /** The batch is no more. */
  forget(id: number): void;
  /** Ends every pause, but for what the receiver asked for. How often batches were tried stays. */
  skip(): void;
}

export function makePauses(clock: ClientClock): Pauses {
  const pauses = new Map<number, Pause>();
  const of = (what: number): Pause => pauses.get(what) ?? { untilMillis: 0, lengthMillis: 0, tried: 0 };

  function pause(what: number, lengthMillis: number, tried = 0): void {
    pauses.set(what, { untilMillis: clock.nowMillis() + lengthMillis, lengthMillis, tried });
  }

  return {
    pause,
    left(what) {
      const { untilMillis, lengthMillis } = of(what);
      const leftMillis = untilMillis - clock.nowMillis();
      // More than the whole of it: the clock was set back, and nobody waits for that.
      return leftMillis > lengthMillis ? 0 : leftMillis;
    },
    tried: (id) => of(id).tried,
    forget: (id) => pauses.delete(id),
    skip() {
      for (const [what, { tried }] of pauses) if (what !== asked) pause(what, 0, tried);
    },
  };
}
