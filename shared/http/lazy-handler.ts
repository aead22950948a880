import { describeError } from '../observe/describe-error.ts';
import type { Observer } from '../observe/observer.ts';
import { takeOverBodies } from './body.ts';
import { answer, type HttpHandler } from './http.ts';

/**
 * A handler that is made with the first request: a cold start loads and asks nothing before it is needed. While making
 * it fails, requests are answered 503 and the next one tries again.
 */
export function makeLazyHandler(make: () => Promise<HttpHandler>, observer: Observer): HttpHandler {
  takeOverBodies();
  let made: Promise<HttpHandler> | undefined;
  return async (request, response) => {
    made ??= make();
    let handler: HttpHandler;
    try {
      handler = await made;
    } catch (error) {
      made = undefined;
      observer.log('ERROR', 'the function cannot start', describeError(error));
      return answer(response, 503, { headers: { 'retry-after': '5' } });
    }
    await handler(request, response);
  };
}
