import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Output } from './command-io.ts';
import { durationText, makeProgressBar } from './demo/progress-bar.ts';

export interface Wait {
  /** What is waited for. */
  readonly label: string;
  /** After that the work has ended, one way or another. */
  readonly boundSeconds: number;
}

const tickMillis = 1_000;

/**
 * Waits for work that answers once, at its end: on a terminal a line tells each second how long that took, and how long it may
 * take at most, since nobody knows more. It is gone before the outcome is told. What answers within a second shows nothing.
 */
export async function showWait<T>(
  output: Output,
  { label, boundSeconds }: Wait,
  work: Promise<T>,
  clock: Pick<Clock, 'nowMillis'> = systemClock,
): Promise<T> {
  if (!output.isTerminal) return work;
  const bar = makeProgressBar(output, clock);
  const startMillis = clock.nowMillis();
  const timer = setInterval(() => {
    const passed = durationText(clock.nowMillis() - startMillis);
    bar.show(`${label}: ${passed}, at most ${durationText(boundSeconds * 1_000)}`, 0, undefined);
  }, tickMillis);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    bar.clear();
  }
}
