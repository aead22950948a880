import { expect, test } from 'vitest';
import { faultKinds } from './chaos.ts';
import { stepKinds } from './plan.ts';
import { simulate } from './run.ts';
import { expectSound } from './seeds.ts';

// The other half is in simulation-more.test.ts, which another processor runs at the same time.
const timeoutMillis = 240_000;

test(
  'whatever happens, what was acknowledged arrives, once and as it was sent, or it is told where it is',
  async () => {
    const sums = await expectSound(1, 250);
    // The seeds reach what they are meant to reach.
    for (const kind of [...Object.keys(faultKinds), ...Object.keys(stepKinds)]) {
      expect(sums.get(kind) ?? 0, kind).toBeGreaterThan(5);
    }
    for (const name of ['duplicates', 'possible-duplicates', 'claim-conflicts', 'rejected', 'duplicates-in-request']) {
      expect(sums.get(name), name).toBeGreaterThan(50);
    }
  },
  timeoutMillis,
);

test('a seed repeats itself', async () => {
  const [once, again] = [await simulate(7), await simulate(7)];
  expect([...once.faults]).toEqual([...again.faults]);
  expect([...once.counts]).toEqual([...again.counts]);
});
