import type { EmbeddedStorage } from '../../../shared/adapters/embedded/storage.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { keyedHashText } from '../../../shared/crypto/keyed-hash.ts';
import type { HttpHandler } from '../../../shared/http/http.ts';
import type { Observer } from '../../../shared/observe/observer.ts';
import type { CatalogSite } from '../catalog/catalog-site.ts';
import { exampleCurl } from '../example-curl.ts';
import type { LiveFeed } from '../live-feed.ts';
import type { LocalStatus } from '../local-deployment.ts';
import { oneAfterAnother } from '../page-queries.ts';
import { makeReset } from '../reset.ts';
import { makeLiveActions } from './live-actions.ts';
import { makeLiveHandler } from './live-handler.ts';
import { makeLiveQuarantine } from './live-quarantine.ts';
import { stagesOf } from './live-stages.ts';
import { makeLiveWindow } from './live-window.ts';
import { makeSettle } from './settle.ts';

export interface LivePageParts {
  readonly storage: EmbeddedStorage;
  readonly feed: LiveFeed;
  readonly site: () => Promise<CatalogSite>;
  readonly status: () => LocalStatus;
  /** Where ingest listens, once it does. */
  readonly ingestUrl: () => string;
  readonly schemaFolder: string;
  readonly observer: Observer;
  /** The function replay, once it has started. */
  readonly replay: () => HttpHandler | undefined;
  /** Has the counts of `status` begin anew. */
  readonly forgetCounts: () => void;
}

export interface LivePage {
  readonly handler: HttpHandler;
  /** The link that opens it for whoever started the deployment; its token stays the same for a data folder. */
  readonly url: () => string;
  /** Empties tables and queues, and the page with them. */
  readonly reset: () => Promise<void>;
}

const tokenBytes = 18;

/** Begins to watch, and makes what serves the page. */
export function makeLivePage({ storage, feed, observer, replay, ...parts }: LivePageParts): LivePage {
  const { clock, warehouse, bus, rows, secrets, databases } = storage;
  const window = makeLiveWindow(feed, clock);
  const quarantine = makeLiveQuarantine(oneAfterAnother(warehouse), clock);
  // Of a secret that the folder keeps, so that a page that is open goes on after a restart.
  const token = keyedHashText(secrets.quarantineRecordKey, 'edi.live-page.v1', [], tokenBytes);
  const reset = makeReset({
    storage,
    status: parts.status,
    forget() {
      parts.forgetCounts();
      window.clear();
      quarantine.changed();
    },
  });
  const settle = makeSettle({ replays: databases.replays, publisher: bus, clock, random: systemRandom });
  const actions = makeLiveActions({
    records: rows.quarantine,
    privateKey: secrets.quarantinePrivateKey,
    replay,
    async settle(recordKey) {
      const outcome = await settle(recordKey);
      quarantine.changed();
      return outcome;
    },
    reset,
    observer,
  });
  const handler = makeLiveHandler({
    window,
    site: parts.site,
    status: parts.status,
    stages: () => stagesOf(bus.stats()),
    quarantine: quarantine.groups,
    exampleCurl: () =>
      exampleCurl({ schemaFolder: parts.schemaFolder, url: parts.ingestUrl(), nowMillis: clock.nowMillis() }),
    actions,
    token,
    clock,
  });
  return { handler, reset, url: () => `${parts.ingestUrl()}/#${token}` };
}
