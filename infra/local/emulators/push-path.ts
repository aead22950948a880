import { hash, timingSafeEqual } from 'node:crypto';
import { answer, type HttpHandler } from '../../../shared/http/http.ts';
import type { Random } from '../../../shared/ports/random.ts';

/** Tells a function's process the path of its pushes: other users can read a command line, and no environment. */
export const pushPathVariable = 'EDI_LOCAL_PUSH_PATH';

const secretBytes = 32;

/**
 * The path of all functions of a deployment but ingest, another one with each start. Google's emulator signs no tokens,
 * so that its pushes show nothing but their URL.
 */
export function makePushPath(random: Random): string {
  return `/push/${Buffer.from(random.bytes(secretBytes)).toString('base64url')}`;
}

/** Answers 401 at every other path. */
export function onlyAtPath(path: string, handler: HttpHandler): HttpHandler {
  return async (request, response) => {
    if (isPath(request.url ?? '', path)) return handler(request, response);
    answer(response, 401, { headers: { connection: 'close' } });
    request.resume();
  };
}

/** Takes the same time wherever the two differ. */
export function isPath(shown: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', shown, 'buffer'), hash('sha256', expected, 'buffer'));
}
