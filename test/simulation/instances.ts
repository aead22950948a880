import type { Dependency } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { unavailableAsTold } from './as-told.ts';
import type { Chaos, FaultKind } from './chaos.ts';
import { hour, minute } from './plan.ts';
import type { Dice, Scheduler } from './scheduler.ts';

/** What instances live in. */
export interface Surroundings {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly chaos: Chaos;
  /** True while an outage has this: `claims`, `topic received`, `stage dedup`, … */
  readonly isAway: (name: string) => boolean;
}

/** How an operation on several things is done in part. */
interface Parts {
  readonly kind: FaultKind;
  readonly some: () => Promise<unknown>;
}

/** The faults of an operation: before it, and after it has taken effect. */
interface CallFaults {
  readonly before: FaultKind;
  readonly after: FaultKind;
  readonly parts?: Parts;
}

/**
 * One process. Its clock may be off, and it may end at every operation: what waits then waits for ever, and no timer of
 * its runs any more. Ports of an instance do what they do through `call`.
 */
export interface Instance {
  readonly clock: Clock;
  readonly hasEnded: () => boolean;
  readonly end: () => void;
  /** Cut off from the registry, so that it works with what it knows. */
  readonly isCutOff: () => boolean;
  call<T>(dependency: Dependency, name: string, effect: () => Promise<T>, faults?: CallFaults): Promise<T>;
}

/** Who works on nothing for so long has no processor any more, and is ended. */
const maxStallMillis = 10 * minute;
const usualFaults: CallFaults = { before: 'aborted', after: 'unknown-outcome' };

export function startInstance({ dice, scheduler, chaos, isAway }: Surroundings): Instance {
  const skewMillis = chaos.strikes('clock-skew') ? dice.below(10 * minute) - 5 * minute : 0;
  let ended = false;
  let cutOffUntilMillis = Number.NEGATIVE_INFINITY;

  async function wait(): Promise<void> {
    const beganMillis = scheduler.clock.nowMillis();
    await scheduler.turn();
    if (scheduler.clock.nowMillis() - beganMillis > maxStallMillis || chaos.strikes('crash')) ended = true;
    if (ended) await forEver();
  }

  return {
    clock: {
      nowMillis: () => scheduler.clock.nowMillis() + skewMillis,
      after: (delayMillis, task) => scheduler.clock.after(delayMillis, () => void (ended || task())),
    },
    end() {
      ended = true;
    },
    hasEnded() {
      if (!ended && chaos.strikes('scale-down')) ended = true;
      return ended;
    },
    isCutOff() {
      const nowMillis = scheduler.clock.nowMillis();
      if (nowMillis < cutOffUntilMillis) return true;
      if (!chaos.strikes('stale-registry')) return false;
      cutOffUntilMillis = nowMillis + dice.below(8 * hour);
      return true;
    },
    async call(dependency, name, effect, faults = usualFaults) {
      const fail = (): never => {
        throw unavailableAsTold(dependency);
      };
      await wait();
      if (isAway(name) || chaos.strikes(faults.before)) return fail();
      if (faults.parts !== undefined && chaos.strikes(faults.parts.kind)) {
        await faults.parts.some();
        return fail();
      }
      const result = await effect();
      await wait();
      return chaos.strikes(faults.after) ? fail() : result;
    },
  };
}

/** What an instance waits for that is gone. */
function forEver(): Promise<never> {
  return new Promise(() => {});
}

/** Instances of one function: whoever asks gets any of them, and a new one where that has ended. */
export function makePool<S>(around: Surroundings, size: number, start: (instance: Instance) => Promise<S>) {
  const slots: ({ readonly instance: Instance; readonly stage: Promise<S> } | undefined)[] = [];
  return {
    /** As a deployment of a new revision does. */
    replaceAll() {
      for (const slot of slots) slot?.instance.end();
    },
    async any(): Promise<S> {
      const at = around.dice.below(size);
      let slot = slots[at];
      if (slot === undefined || slot.instance.hasEnded()) {
        const instance = startInstance(around);
        slot = { instance, stage: start(instance) };
        slots[at] = slot;
      }
      const { stage } = slot;
      return stage.catch((error: unknown) => {
        if (slots[at]?.stage === stage) slots[at] = undefined;
        throw error;
      });
    },
  };
}
