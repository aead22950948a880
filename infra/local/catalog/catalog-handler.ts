import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, type HttpHandler } from '../../../shared/http/http.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { contentSecurityPolicy } from '../../catalog/layout.ts';
import type { CatalogSite } from './live-catalog.ts';
import type { LiveCounts } from './live-counts.ts';

/** Where the catalog is, beside ingest's own paths. */
export const catalogPath = '/catalog';

export interface CatalogSources {
  readonly site: () => Promise<CatalogSite>;
  readonly counts: (types: readonly string[]) => Promise<LiveCounts | undefined>;
}

const headers = {
  'content-security-policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * `/catalog/…` on loopback: the pages, and `counts.json`. It needs no token, since it tells schemas and counts only; but
 * no page of another origin may read it, nor may one through a name that was rebound to 127.0.0.1.
 */
export function makeCatalogHandler({ site, counts }: CatalogSources): HttpHandler {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isForeign(request)) return answerText(response, 403, 'The catalog is for browsers on this machine.');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerText(response, 405, 'The catalog is read with GET.', { allow: 'GET, HEAD' });
    }
    const path = pathOf(request);
    if (path === catalogPath) return answer(response, 308, { headers: { ...headers, location: `${catalogPath}/` } });
    const name = path.slice(catalogPath.length + 1);
    const { files, types } = await site();
    if (name === 'counts.json') return answerCounts(response, await counts(types));
    const file = files.get(name === '' ? 'index.html' : name);
    if (file === undefined) return answerText(response, 404, 'There is no such page in the catalog.');
    answer(response, 200, {
      headers: { ...headers, 'content-type': file.contentType, 'cache-control': 'no-cache' },
      body: file.render(),
    });
  }

  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const [status, text] =
        error instanceof Unavailable ? [503, error.message] : [500, 'The local deployment failed to answer.'];
      answerText(response, status, text);
    }
  };
}

/** Hands the catalog's paths to the catalog and all others to `handler`, which need not know of it. */
export function besideCatalog(handler: HttpHandler, catalog: HttpHandler): HttpHandler {
  return (request, response) => {
    const path = pathOf(request);
    const isCatalog = path === catalogPath || path.startsWith(`${catalogPath}/`);
    return isCatalog ? catalog(request, response) : handler(request, response);
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

function answerCounts(response: ServerResponse, counts: LiveCounts | undefined): void {
  if (counts === undefined) {
    answerText(response, 503, 'The counts are not available now.');
    return;
  }
  answer(response, 200, {
    headers: { ...headers, 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(counts),
  });
}

function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  more: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, {
    headers: { ...headers, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...more },
    body: `${text}\n`,
  });
}
