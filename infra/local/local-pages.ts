import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, answerJson, type HttpHandler } from '../../shared/http/http.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { contentSecurityPolicy } from '../catalog/layout.ts';

/** Headers of every answer of the pages that the local deployment has beside ingest. */
const pageHeaders = {
  'content-security-policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

interface Pages {
  /** Begins a sentence. */
  readonly name: string;
  /** Where they are; with a slash behind it is the first of them. */
  readonly path: string;
  /** Answers GET and HEAD of what is below the path, by its name there. */
  readonly read: (name: string, response: ServerResponse, request: IncomingMessage) => Promise<void>;
  /** What is taken with POST, by its name below the path; nothing else is. */
  readonly posts?: ReadonlyMap<string, (request: IncomingMessage, response: ServerResponse) => Promise<void> | void>;
}

/**
 * Pages on loopback that need no token: no page of another origin may read them, nor may one through a name that was
 * rebound to 127.0.0.1. What fails is answered here.
 */
export function servePages(pages: Pages): HttpHandler {
  return async (request, response) => {
    if (isForeign(request)) return answerText(response, 403, `${pages.name} is for browsers on this machine.`);
    try {
      await handle(pages, request, response);
    } catch (error) {
      const [status, text] =
        error instanceof Unavailable ? [503, error.message] : [500, 'The local deployment failed to answer.'];
      answerText(response, status, text);
    }
  };
}

async function handle(
  { name, path: root, read, posts }: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method } = request;
  const path = pathOf(request);
  const below = path.slice(root.length + 1);
  const take = method === 'POST' ? posts?.get(below) : undefined;
  if (take !== undefined) return take(request, response);
  if (method !== 'GET' && method !== 'HEAD') {
    return answerText(response, 405, `${name} is read with GET.`, { allow: 'GET, HEAD' });
  }
  if (path === root) return answer(response, 308, { headers: { ...pageHeaders, location: `${root}/` } });
  await read(below, response, request);
}

/** Hands paths at and below these roots to their pages and all others to `handler`, which need not know of them. */
export function besidePages(handler: HttpHandler, pages: ReadonlyMap<string, HttpHandler>): HttpHandler {
  return (request, response) => {
    const [, root = ''] = /^(\/[^/]*)/.exec(pathOf(request)) ?? [];
    return (pages.get(root) ?? handler)(request, response);
  };
}

function pathOf({ url = '' }: IncomingMessage): string {
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

/** A file as it is now: browsers ask for it again. */
export function answerFile(response: ServerResponse, body: string | Buffer, contentType: string): void {
  answer(response, 200, {
    headers: { ...pageHeaders, 'content-type': contentType, 'cache-control': 'no-cache' },
    body,
  });
}

/** What is true at this moment alone. */
export function answerLive(response: ServerResponse, value: object): void {
  answerJson(response, 200, value, { ...pageHeaders, 'cache-control': 'no-store' });
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
