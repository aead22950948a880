import type { Clock } from '../ports/clock.ts';

/** Longest delay of one timer of Node; a longer one would fire at once. */
const maxTimerMillis = 2_147_483_647;

/**
 * The machine's clock and timers.
 *
 * A pending task keeps the process alive: it is work that somebody waits for (a client's resend, a redelivery), and a
 * process that ended before it would lose it silently. Who schedules a task cancels it when it stops, so that a process
 * ends after its `stop()`s.
 */
export const systemClock: Clock = {
  nowMillis: () => Date.now(),
  after: scheduleAfter,
};

function scheduleAfter(delayMillis: number, task: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (remainingMillis: number): void => {
    const stepMillis = Math.min(remainingMillis, maxTimerMillis);
    timer = setTimeout(() => (remainingMillis > stepMillis ? arm(remainingMillis - stepMillis) : task()), stepMillis);
  };
  arm(Math.max(0, delayMillis));
  return () => clearTimeout(timer);
}
