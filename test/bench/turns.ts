import { setTimeout as pause } from 'node:timers/promises';

/** Something that is measured beside others. */
export interface Way {
  readonly name: string;
  /** Makes what the runs of a turn work on, before its collection and outside what is measured. */
  readonly prepare?: () => unknown;
  readonly run: () => unknown;
}

/** Of each way, by its name, one number a round. */
export type CpuSeconds = ReadonlyMap<string, readonly number[]>;

/** After it answers, the collector goes on sweeping in other threads, which would count for whatever runs next. */
const sweepMillis = 50;

/** How often `takeTurns` runs each way. */
export function runsOf(rounds: number): number {
  return 1 + 2 * rounds;
}

/**
 * Processor time of the whole process (garbage collection in other threads is in it, what other programs take is not). In
 * each round all ways take turns, so that the state of the machine is the same for all; before the first each runs once.
 * A turn is two runs, of which the second counts: the collection before it takes optimized code with it, that of functions whose
 * objects it frees, which in an instance happens once in many seconds.
 */
export async function takeTurns(ways: readonly Way[], rounds: number): Promise<CpuSeconds> {
  const seconds = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (const { prepare, run } of ways) {
    await prepare?.();
    await run();
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, prepare, run } of ways) {
      await prepare?.();
      globalThis.gc?.();
      await pause(sweepMillis);
      await run();
      const before = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(before);
      seconds.get(name)?.push((user + system) / 1_000_000);
    }
  }
  return seconds;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(numbers: readonly number[]): Spread {
  const all = numbers.toSorted((one, other) => one - other);
  return { median: all[all.length >> 1] ?? 0, least: all[0] ?? 0, most: all.at(-1) ?? 0 };
}

/** `1.23 (1.10 to 1.40)`. */
export function spreadText({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
