import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../infra/local/emulators/ports.ts';

export interface Loopback {
  /** `127.0.0.1:port`. */
  readonly host: string;
  close(): Promise<void>;
}

/** A server that takes connections and never answers: what a stopped emulator or a lost network looks like. */
export async function listenInSilence(): Promise<Loopback> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  return await listen(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** An HTTP server. */
export async function listenToHttp(listener: RequestListener): Promise<Loopback> {
  const server = createHttpServer(listener);
  return await listen(server, () => server.closeAllConnections());
}

/** A host that refuses connections: its port is none that the system gives to whoever asks for any. */
export async function closedHost(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

async function listen(server: Server, drop: () => void): Promise<Loopback> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return {
    host: `127.0.0.1:${address.port}`,
    async close() {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}
