import type { ServerResponse } from 'node:http';
import type { HttpHandler } from '../../../shared/http/http.ts';
import type { WeekShare } from '../../legacy-report/report.ts';
import { answerFile, answerLive, answerText, servePages } from '../local-pages.ts';
import type { CatalogSite } from './catalog-site.ts';
import type { LiveCounts } from './live-counts.ts';
import type { TypeState } from './live-type-state.ts';
import type { StoredType } from './stored-type.ts';

/** Where the catalog is, beside ingest's own paths. */
export const catalogPath = '/catalog';

export interface CatalogSources {
  readonly site: () => Promise<CatalogSite>;
  readonly counts: (types: readonly string[]) => Promise<LiveCounts | undefined>;
  readonly state: (type: StoredType) => Promise<TypeState | undefined>;
  readonly legacyShares: (type: StoredType) => Promise<readonly WeekShare[] | undefined>;
}

/**
 * `/catalog/…` on loopback: the pages, `counts.json`, `state/<type>.json`, and `legacy/<type>.json` of types that come as
 * legacy files. It needs no token, since it tells schemas and counts only; but no page of another origin may read it, nor
 * may one through a name that was rebound to 127.0.0.1.
 */
export function makeCatalogHandler({ site, counts, state, legacyShares }: CatalogSources): HttpHandler {
  async function read(name: string, response: ServerResponse): Promise<void> {
    const { files, types, legacyTypes, statePaths } = await site();
    if (name === 'counts.json') return answerCounts(response, await counts(types));
    const ofState = statePaths.get(name);
    if (ofState !== undefined) return answerCounts(response, await state(ofState));
    const legacyType = legacyTypes.get(name);
    if (legacyType !== undefined) {
      const weeks = await legacyShares(legacyType);
      return answerCounts(response, weeks === undefined ? undefined : { weeks });
    }
    const file = files.get(name === '' ? 'index.html' : name);
    if (file === undefined) return answerText(response, 404, 'There is no such page in the catalog.');
    answerFile(response, file.render(), file.contentType);
  }

  return servePages({ name: 'The catalog', path: catalogPath, read });
}

function answerCounts(response: ServerResponse, counts: object | undefined): void {
  if (counts === undefined) answerText(response, 503, 'The counts are not available now.');
  else answerLive(response, counts);
}
