import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http as registerFunction } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import type { FunctionName } from '../../functions/index.ts';
import { takeOver } from '../../shared/http/direct-answers.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { onLoopbackHost } from './loopback-host.ts';

export interface FunctionServer {
  readonly url: string;
  /** The public side of a drain: requests on their way are answered, new connections are refused. */
  refuseNew(): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * Mounts a function through functions-framework, as it runs deployed, on 127.0.0.1 only (the framework's own command
 * listens on every interface), for requests to this machine alone. Port 0 takes a free one. Rejects when the port is taken.
 */
export async function serveFunction(name: FunctionName, handler: HttpHandler, port: number): Promise<FunctionServer> {
  let draining = false;
  const local = onLoopbackHost(handler);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (draining) response.shouldKeepAlive = false;
    await local(request, response);
  };
  registerFunction(name, answer);
  const server = getTestServer(name);
  takeOver(server, answer);
  // Clients keep connections and send the next request just as the server's idle time ends; more than the five seconds
  // of Node's default makes that rare.
  server.keepAliveTimeout = 65_000;
  const url = `http://127.0.0.1:${await listenOnLoopback(server, port)}`;
  return {
    url,
    refuseNew() {
      draining = true;
      return closeServer(server);
    },
    async close() {
      const closed = server.listening ? closeServer(server) : Promise.resolve();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The port that it listens on. */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
