import { createServer } from 'node:http';
import type { HttpHandler } from '../../../shared/http/http.ts';
import { closeServer, listenOnLoopback } from '../function-servers.ts';
import { catalogPath } from './catalog-handler.ts';

export interface CatalogServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the catalog on a free port of its own, where ingest is another process. */
export async function serveCatalog(catalog: HttpHandler): Promise<CatalogServer> {
  const server = createServer((request, response) => {
    // It answers its failures itself.
    void catalog(request, response);
  });
  const port = await listenOnLoopback(server, 0);
  return {
    url: `http://127.0.0.1:${port}${catalogPath}/`,
    async close() {
      const closed = closeServer(server);
      server.closeAllConnections();
      await closed;
    },
  };
}
