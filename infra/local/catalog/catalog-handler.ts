import type { ServerResponse } from 'node:http';
import type { HttpHandler } from '../../../shared/http/http.ts';
import { answerFile, answerLive, answerText, servePages } from '../local-pages.ts';
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
  async function read(name: string, response: ServerResponse): Promise<void> {
    const { files, types } = await site();
    if (name === 'counts.json') return answerCounts(response, await counts(types));
    const file = files.get(name === '' ? 'index.html' : name);
    if (file === undefined) return answerText(response, 404, 'There is no such page in the catalog.');
    answerFile(response, file.render(), file.contentType);
  }

  return servePages({ name: 'The catalog', path: catalogPath, read });
}

function answerCounts(response: ServerResponse, counts: LiveCounts | undefined): void {
  if (counts === undefined) answerText(response, 503, 'The counts are not available now.');
  else answerLive(response, counts);
}
