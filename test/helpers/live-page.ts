import { createServer, type Server } from 'node:http';
import { renderCatalog } from '../../infra/catalog/render.ts';
import { behindLivePage, type LiveSources, livePath, makeLiveHandler } from '../../infra/local/live/live-handler.ts';
import { makeLiveWindow } from '../../infra/local/live/live-window.ts';
import { type LiveFeed, makeLiveFeed } from '../../infra/local/live-feed.ts';
import { answerFile, answerText, besidePages, servePages } from '../../infra/local/local-pages.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { catalogOf } from './catalog.ts';

/** The live page's own server code, its events from a feed that a test or a bench fills. */
export interface FedLivePage extends AsyncDisposable {
  readonly feed: LiveFeed;
  /** Opens the page with its token. */
  readonly url: string;
  readonly stateUrl: string;
  readonly token: string;
}

const token = 'a-token-of-tests-and-benches';

export async function serveFedLivePage(
  schemas: readonly EventSchema[],
  parts: Partial<LiveSources> = {},
): Promise<FedLivePage> {
  const feed = makeLiveFeed();
  const files = renderCatalog(catalogOf([]));
  const byType = new Map(schemas.map((schema) => [schema.edi.type, schema]));
  const site = { types: [...byType.keys()], schemas: byType, files, legacyTypes: new Map(), statePaths: new Map() };
  const window = makeLiveWindow(feed, systemClock);
  const live = makeLiveHandler({
    window,
    site: async () => site,
    status: () => ({
      ...{ accepted: window.passed, duplicates: 0, rejected: 0, rows: window.passed, quarantined: 0 },
      ...{ backlog: 0, deadLetters: 0 },
    }),
    stages: () => [],
    quarantine: async () => [],
    exampleCurl: async () => undefined,
    actions: new Map(),
    token,
    clock: systemClock,
    ...parts,
  });
  const catalog = servePages({
    name: 'The catalog',
    path: '/catalog',
    async read(name, response) {
      const file = files.get(name);
      if (file === undefined) answerText(response, 404, 'There is no such page.');
      else answerFile(response, file.render(), file.contentType);
    },
  });
  const none: HttpHandler = async (_, response) => answerText(response, 404, 'Nothing is here.');
  const pages = new Map([
    ['/catalog', catalog],
    [livePath, live],
  ]);
  const handler = behindLivePage(besidePages(none, pages), live);
  const server = createServer((request, response) => void handler(request, response));
  const origin = await listen(server);
  return {
    feed,
    url: `${origin}/#${token}`,
    stateUrl: `${origin}${livePath}/state.json`,
    token,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a server on a port has an address');
      resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
