import type { ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

/** Lets a manual clock run, a task at a time, until the work that waits for it is done. */
export async function settle<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  work.then(done, done);
  while (!settled) {
    await new Promise((resolve) => setImmediate(resolve));
    const dueMillis = clock.nextDueMillis();
    if (dueMillis !== undefined) clock.advance(dueMillis - clock.nowMillis());
  }
  return work;
}
