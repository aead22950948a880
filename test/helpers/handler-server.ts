import { createServer, type Server } from 'node:http';
import { listenOnLoopback } from '../../infra/local/function-servers.ts';
import type { HttpHandler } from '../../shared/http/http.ts';

export interface HandlerServer {
  readonly server: Server;
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  /** Ends open connections, too. */
  close(): void;
}

/** Serves a handler by itself, without functions-framework, on a free port of the loopback interface. */
export async function serveHandler(handler: HttpHandler): Promise<HandlerServer> {
  const server = createServer((request, response) => void handler(request, response));
  const port = await listenOnLoopback(server, 0);
  return { server, url: `http://127.0.0.1:${port}/`, close: () => void server.close().closeAllConnections() };
}
