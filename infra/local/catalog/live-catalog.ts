import type { Clock } from '../../../shared/ports/clock.ts';
import type { Registry } from '../../../shared/ports/registry.ts';
import type { CatalogSite, CatalogSources } from './catalog-site.ts';

export interface LiveCatalogOptions extends CatalogSources {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Default 1,000. */
  readonly maxStalenessMillis?: number;
}

/**
 * The catalog of what is active: a schema that is published while the deployment runs is in it with the next request.
 * The returned function rejects with `Unavailable` only while there is nothing older to show.
 */
export function makeLiveCatalog(options: LiveCatalogOptions): () => Promise<CatalogSite> {
  const { registry, clock, maxStalenessMillis = 1_000 } = options;
  let shown: { readonly version: number; readonly site: CatalogSite } | undefined;
  let checkedMillis = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<CatalogSite> | undefined;

  async function refresh(): Promise<CatalogSite> {
    try {
      const answer = await registry.read(shown?.version);
      if (answer === 'unchanged' && shown !== undefined) return shown.site;
      if (answer === 'unchanged') throw new Error('a registry asked without a known version answers with its state');
      // What makes pages is loaded when somebody opens one: no start waits for it.
      const { makeSite } = await import('./catalog-site.ts');
      const site = await makeSite(answer, options);
      shown = { version: answer.version, site };
      return site;
    } catch (error) {
      if (shown === undefined) throw error;
      return shown.site;
    } finally {
      checkedMillis = clock.nowMillis();
      inFlight = undefined;
    }
  }

  return async () => {
    if (shown !== undefined && clock.nowMillis() - checkedMillis < maxStalenessMillis) return shown.site;
    inFlight ??= refresh();
    return inFlight;
  };
}
