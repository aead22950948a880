import { runClient } from './clients.ts';
import { livesOf, subjectsOf } from './erasures.ts';
import { findViolations } from './invariants.ts';
import { scheduleSteps } from './operator.ts';
import { checkpoints, makePlan, type Plan, type Reduction } from './plan.ts';
import { makeSentEvents } from './sent-events.ts';
import { makeWorld } from './world.ts';

export interface Simulated {
  readonly plan: Plan;
  /** Empty when all held at every checkpoint. */
  readonly violations: readonly string[];
  /** What went wrong as planned, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  /** What the functions counted. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Far above what a plan takes: what goes on for ever is found. */
const maxSteps = 300_000;

/** Runs the plan of a seed, or what is left of it, until nothing moves any more. */
export async function simulate(seed: number, reduction: Reduction = {}): Promise<Simulated> {
  const plan = makePlan(seed, reduction);
  const world = await makeWorld(plan);
  const { scheduler, startMillis } = world;
  const events = makeSentEvents(plan, startMillis);
  for (const [at, client] of plan.clients.entries()) {
    const own = events.filter(({ planned }) => planned.client === at);
    if (own.length > 0) void runClient(world, client, own, startMillis);
  }
  scheduleSteps(world);
  const violations: string[] = [];
  for (const atMillis of checkpoints) {
    try {
      await scheduler.runUntil(startMillis + atMillis, maxSteps);
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error));
    }
    const lives = await livesOf(world, events.flatMap(subjectsOf));
    violations.push(...findViolations(world, events, { lives, atEnd: atMillis === checkpoints.at(-1) }));
    if (violations.length > 0) break;
  }
  return { plan, violations, faults: world.chaos.counts, counts: world.observer.counts };
}
