import type { Clock } from '../ports/clock.ts';

/**
 * Time of connections: monotonic, from the start of the process, so that a clock that is set ends nobody's request. Its
 * tasks keep no process alive; what they end is ended by the process, too.
 */
export const connectionClock: Clock = {
  nowMillis: () => performance.now(),
  after(delayMillis, task) {
    const timer = setTimeout(task, delayMillis).unref();
    return () => clearTimeout(timer);
  },
};
