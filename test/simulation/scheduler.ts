import { createManualClock, type ManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { startMillis } from '../helpers/batches.ts';

/** Random decisions that a seed repeats. */
export interface Dice {
  /** 0 up to, but not including, `bound`. */
  below(bound: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function makeDice(seed: number): Dice {
  const random = createSeededRandom(seed);
  const unit = () => Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32;
  const below = (bound: number) => Math.floor(unit() * bound);
  return {
    below,
    chance: (probability) => unit() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
  };
}

/** Owns time and the order in which everything that waits goes on. */
export interface Scheduler {
  readonly clock: ManualClock;
  /** Waits until the scheduler picks this caller among all that wait. */
  turn(): Promise<void>;
  /** Goes on until nothing waits and no task is due. Rejects after `maxSteps`. */
  run(maxSteps: number): Promise<void>;
  /** Goes on until nothing waits and no task is due up to this time, which it is then. Rejects after `maxSteps`. */
  runUntil(millis: number, maxSteps: number): Promise<void>;
}

export function makeScheduler(dice: Dice): Scheduler {
  const clock = createManualClock(startMillis);
  const waiting: (() => void)[] = [];

  function step(endMillis = Number.POSITIVE_INFINITY): boolean {
    const nextMillis = clock.nextDueMillis();
    const dueMillis = nextMillis === undefined || nextMillis > endMillis ? undefined : nextMillis;
    if (waiting.length === 0 || (dueMillis !== undefined && dice.chance(0.05))) {
      if (dueMillis === undefined) return false;
      clock.advance(dueMillis - clock.nowMillis());
      return true;
    }
    const [goOn] = waiting.splice(dice.below(waiting.length), 1);
    goOn?.();
    return true;
  }

  async function goOn(maxSteps: number, endMillis?: number): Promise<void> {
    for (let steps = 0; step(endMillis); steps++) {
      if (steps >= maxSteps) throw new Error(`still busy after ${maxSteps} steps`);
      // Everything here waits for promises only, so one turn of the event loop lets all of it go on.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  return {
    clock,
    turn: () => new Promise((resolve) => waiting.push(resolve)),
    run: (maxSteps) => goOn(maxSteps),
    async runUntil(millis, maxSteps) {
      await goOn(maxSteps, millis);
      clock.advance(Math.max(0, millis - clock.nowMillis()));
    },
  };
}
