import type { FaultKind } from './chaos.ts';
import { makePlan, type Reduction } from './plan.ts';

/** Whether what is left of the plan still fails. */
type Fails = (reduction: Reduction) => Promise<boolean>;

/** A reduction in which everything is named. */
export type Kept = Required<Reduction>;

/** All of a plan. */
export function whole(seed: number): Kept {
  const plan = makePlan(seed);
  return {
    events: plan.events.map((_, at) => at),
    steps: plan.steps.map((_, at) => at),
    faults: Object.keys(plan.rates).filter((kind): kind is FaultKind => kind in plan.rates),
  };
}

/**
 * Takes away events, steps and kinds of faults, as long as the rest still fails: first halves, then single ones, until
 * nothing more can go. `maxTries` bounds the runs.
 */
export async function shrink(seed: number, fails: Fails, maxTries = 200): Promise<Kept> {
  let kept = whole(seed);
  let tries = 0;

  async function without<Name extends keyof Kept>(name: Name, gone: ReadonlySet<unknown>): Promise<boolean> {
    const rest = { ...kept, [name]: kept[name].filter((one) => !gone.has(one)) };
    tries++;
    if (!(await fails(rest))) return false;
    kept = rest;
    return true;
  }

  async function pass(name: keyof Kept): Promise<boolean> {
    let isSmaller = false;
    for (let size = Math.ceil(kept[name].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < kept[name].length && tries < maxTries; ) {
        const gone = new Set<unknown>(kept[name].slice(from, from + size));
        if (await without(name, gone)) isSmaller = true;
        else from += size;
      }
    }
    return isSmaller;
  }

  let goesOn = true;
  while (goesOn && tries < maxTries) {
    goesOn = false;
    for (const name of ['events', 'steps', 'faults'] as const) if (await pass(name)) goesOn = true;
  }
  return kept;
}

/** The command that repeats what is left. */
export function commandOf(seed: number, kept: Kept): string {
  const all = whole(seed);
  const options = (['events', 'steps', 'faults'] as const).flatMap((name) =>
    kept[name].length === all[name].length ? [] : [`--${name} ${kept[name].join(',') || 'none'}`],
  );
  return ['npm run sim --', `--seed ${seed}`, ...options].join(' ');
}
