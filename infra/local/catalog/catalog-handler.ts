import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, answerJson, type HttpHandler } from '../../../shared/http/http.ts';
import { answerText, asPages, pageHeaders, pathOf } from '../local-pages.ts';
import type { CatalogSite } from './live-catalog.ts';
import type { LiveCounts } from './live-counts.ts';

/** Where the catalog is, beside ingest's own paths. */
export const catalogPath = '/catalog';

export interface CatalogSources {
  readonly site: () => Promise<CatalogSite>;
  readonly counts: (types: readonly string[]) => Promise<LiveCounts | undefined>;
}

/**
 * `/catalog/…` on loopback: the pages, and `counts.json`. It needs no token, since it tells schemas and counts only; but
 * no page of another origin may read it, nor may one through a name that was rebound to 127.0.0.1.
 */
export function makeCatalogHandler({ site, counts }: CatalogSources): HttpHandler {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerText(response, 405, 'The catalog is read with GET.', { allow: 'GET, HEAD' });
    }
    const path = pathOf(request);
    if (path === catalogPath)
      return answer(response, 308, { headers: { ...pageHeaders, location: `${catalogPath}/` } });
    const name = path.slice(catalogPath.length + 1);
    const { files, types } = await site();
    if (name === 'counts.json') return answerCounts(response, await counts(types));
    const file = files.get(name === '' ? 'index.html' : name);
    if (file === undefined) return answerText(response, 404, 'There is no such page in the catalog.');
    answer(response, 200, {
      headers: { ...pageHeaders, 'content-type': file.contentType, 'cache-control': 'no-cache' },
      body: file.render(),
    });
  }

  return asPages('The catalog', handle);
}

function answerCounts(response: ServerResponse, counts: LiveCounts | undefined): void {
  if (counts === undefined) {
    answerText(response, 503, 'The counts are not available now.');
    return;
  }
  answerJson(response, 200, counts, { ...pageHeaders, 'cache-control': 'no-store' });
}
