import type { Clock } from '../../shared/ports/clock.ts';

/** Resolves after `millis`, or at once when `signal` is aborted. */
export function sleep(clock: Clock, millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(millis, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}
