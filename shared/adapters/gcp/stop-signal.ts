import type { Draining } from '../../http/draining.ts';
import type { Observer } from '../../observe/observer.ts';

/** Cloud Run ends the process 10 s after SIGTERM ("Container runtime contract", Shutdown); a second is for the rest. */
const maxDrainMillis = 9_000;

/**
 * Lets SIGTERM end the process once what is on its way is answered and counted. functions-framework would end it at once,
 * with a 500 for one request and nothing for the others; it begins to listen after it has loaded the function, so what it
 * has added by the first request is taken off, and whoever listened before goes on.
 */
export function makeStopSignal(observer: Observer): { handle(draining: Draining): void } {
  const before = new Set(process.listeners('SIGTERM'));
  let isHandled = false;
  return {
    handle({ drain }) {
      if (isHandled) return;
      isHandled = true;
      const added = process.listeners('SIGTERM').filter((listener) => !before.has(listener));
      process.once('SIGTERM', () => {
        drain(maxDrainMillis).then(() => {
          observer.flush?.();
          process.exit(0);
        });
      });
      // Only then: Node loses a signal that comes as the last listener is taken away.
      for (const listener of added) process.removeListener('SIGTERM', listener);
    },
  };
}
