import type { Clock } from '../ports/clock.ts';
import type { HttpHandler } from './http.ts';

export interface Draining {
  readonly handler: HttpHandler;
  /**
   * Resolves when every request that has come is answered, or `maxMillis` are over. Clients are told with their answers to
   * send no more on these connections.
   */
  drain(maxMillis: number): Promise<void>;
}

/** A handler whose requests on their way are known, so that the process can end after them. */
export function makeDraining(inner: HttpHandler, clock: Clock): Draining {
  let onTheirWay = 0;
  let isDraining = false;
  let tellEmpty = () => {};

  return {
    async handler(request, response) {
      onTheirWay += 1;
      // After the answer has left the process, or the client is gone: not when the handler is done with it.
      response.once('close', () => {
        onTheirWay -= 1;
        if (onTheirWay === 0) tellEmpty();
      });
      if (isDraining) response.setHeader('connection', 'close');
      await inner(request, response);
    },
    async drain(maxMillis) {
      isDraining = true;
      if (onTheirWay === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      tellEmpty = resolve;
      const cancel = clock.after(maxMillis, resolve);
      await promise;
      cancel();
    },
  };
}
