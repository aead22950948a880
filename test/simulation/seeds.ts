import { expect } from 'vitest';
import { simulate } from './run.ts';
import { commandOf, shrink } from './shrink.ts';

/** Sums of what went wrong and of what functions counted, over these seeds, none of which may fail. */
export async function expectSound(from: number, to: number): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>();
  for (let seed = from; seed <= to; seed++) {
    const { violations, faults, counts } = await simulate(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: npm run sim -- --seed ${seed}`, { cause: error });
    });
    if (violations.length > 0) await tell(seed, violations);
    for (const [kind, times] of [...faults, ...counts]) sums.set(kind, (sums.get(kind) ?? 0) + times);
  }
  return sums;
}

/** Few tries: a test has little time, and `--shrink` has more. */
async function tell(seed: number, violations: readonly string[]): Promise<never> {
  const kept = await shrink(seed, async (left) => (await simulate(seed, left)).violations.length > 0, 20);
  return expect.unreachable(`${violations.join('\n')}\n${commandOf(seed, kept)} --shrink`);
}
