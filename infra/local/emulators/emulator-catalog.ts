import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { makeCatalogHandler } from '../catalog/catalog-handler.ts';
import { type CatalogServer, serveCatalog } from '../catalog/catalog-server.ts';
import { makeLiveCatalog } from '../catalog/live-catalog.ts';
import { makeLiveCounts } from '../catalog/live-counts.ts';
import { makeLiveLegacyShares } from '../catalog/live-legacy-shares.ts';
import { makeLiveTypeState } from '../catalog/live-type-state.ts';
import type { LocalStorage } from '../local-storage.ts';
import { oneAfterAnother } from '../page-queries.ts';

interface CatalogTarget {
  readonly schemaFolder: string;
  readonly storage: LocalStorage;
  readonly ingestUrl: string;
}

/** On a port of its own: ingest is another process, and it is the deployed one, which serves no catalog. */
export function startCatalog(target: CatalogTarget): Promise<CatalogServer> {
  const { schemaFolder, storage, ingestUrl } = target;
  const { registry } = storage.databases;
  const asked = { warehouse: oneAfterAnother(storage.warehouse), clock: systemClock };
  const catalog = makeCatalogHandler({
    site: makeLiveCatalog({ registry, schemaFolder, ingestUrl: () => ingestUrl, clock: systemClock }),
    counts: makeLiveCounts(asked),
    state: makeLiveTypeState(asked),
    legacyShares: makeLiveLegacyShares(asked),
  });
  return serveCatalog(catalog);
}
