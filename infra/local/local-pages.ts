import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, type HttpHandler } from '../../shared/http/http.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { contentSecurityPolicy } from '../catalog/layout.ts';

/** Headers of every answer of the pages that the local deployment has beside ingest. */
export const pageHeaders = {
  'content-security-policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * Pages on loopback that need no token: no page of another origin may read them, nor may one through a name that was
 * rebound to 127.0.0.1. What fails is answered here. `name` begins a sentence.
 */
export function asPages(name: string, handle: HttpHandler): HttpHandler {
  return async (request, response) => {
    if (isForeign(request)) return answerText(response, 403, `${name} is for browsers on this machine.`);
    try {
      await handle(request, response);
    } catch (error) {
      const [status, text] =
        error instanceof Unavailable ? [503, error.message] : [500, 'The local deployment failed to answer.'];
      answerText(response, status, text);
    }
  };
}

/** Hands paths at and below these roots to their pages and all others to `handler`, which need not know of them. */
export function besidePages(handler: HttpHandler, pages: ReadonlyMap<string, HttpHandler>): HttpHandler {
  return (request, response) => {
    const [, root = ''] = /^(\/[^/]*)/.exec(pathOf(request)) ?? [];
    return (pages.get(root) ?? handler)(request, response);
  };
}

export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** Another origin's request. A link from elsewhere that opens a page is none: who sent it cannot read the answer. */
function isForeign({ headers, socket }: IncomingMessage): boolean {
  const { host = '', origin } = headers;
  if (host !== `127.0.0.1:${socket.localPort}` && host !== `localhost:${socket.localPort}`) return true;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  return !isOwn && headers['sec-fetch-mode'] !== 'navigate';
}

export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  more: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, {
    headers: { ...pageHeaders, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...more },
    body: `${text}\n`,
  });
}
