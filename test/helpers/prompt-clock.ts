import { createManualClock, type ManualClock } from '../../shared/adapters/memory/manual-clock.ts';

/** Time stands still, but tasks run as soon as the event loop is free, whatever their delay: nothing has to be waited for. */
export function promptClock(startMillis?: number): ManualClock {
  const clock = createManualClock(startMillis);
  return {
    ...clock,
    after(_delayMillis, task) {
      const handle = setImmediate(task);
      return () => clearImmediate(handle);
    },
  };
}
