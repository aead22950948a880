import type { Clock } from '../../shared/ports/clock.ts';

/** Lets the claims of one instance take turns on a document. */
export interface Turns {
  /**
   * Resolves when all earlier takers of one of the keys are done, after `maxWaitMillis` at the latest. The caller calls
   * the answer when it is done itself.
   */
  take(keys: readonly string[]): Promise<() => void>;
}

/**
 * Makes turns that saves conflicts and nothing else. Batches of a busy source arrive out of order, and neighbours share
 * a document: whoever reads it while another is about to write it loses the race, and pays for a read and a write more.
 * What is right never depends on it: other instances take no turns, and a turn is not waited for very long, so that a
 * request that hangs holds up nobody. With 0 milliseconds nobody waits.
 */
export function makeTurns({ clock, maxWaitMillis }: { clock: Clock; maxWaitMillis: number }): Turns {
  // Only keys that somebody has taken: bounded by the claims that run.
  const last = new Map<string, Promise<void>>();
  return {
    async take(keys) {
      const before = maxWaitMillis > 0 ? keys.flatMap((key) => last.get(key) ?? []) : [];
      const { promise: mine, resolve } = Promise.withResolvers<void>();
      for (const key of keys) last.set(key, mine);
      if (before.length > 0) await atMost(Promise.all(before), clock, maxWaitMillis);
      return () => {
        for (const key of keys) if (last.get(key) === mine) last.delete(key);
        resolve();
      };
    },
  };
}

async function atMost(done: Promise<unknown>, clock: Clock, maxMillis: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(maxMillis, resolve);
  await Promise.race([done, late]);
  cancel();
}
