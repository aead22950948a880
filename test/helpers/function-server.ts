import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { takeOver } from '../../shared/http/direct-answers.ts';
import type { HttpHandler } from '../../shared/http/http.ts';

export interface FunctionServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Ends open connections, too. */
  readonly close: () => Promise<void>;
}

let served = 0;

/** Runs an HTTP function in functions-framework, as it is deployed, on a free port of the loopback interface. */
export async function serveFunction(handler: HttpHandler): Promise<FunctionServer> {
  const name = `function-${served++}`;
  http(name, handler);
  const server = getTestServer(name);
  takeOver(server, handler);
  // A client that shares a stalled process with it would send on a connection that Node closes after five idle seconds.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
