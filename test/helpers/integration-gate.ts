import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port that passes connections on to a server, until it is told to refuse them. */
export interface GatedPort {
  /** `127.0.0.1:PORT`; the same for good. */
  readonly host: string;
  /** Breaks every connection and refuses new ones, as a server does that has ended. The server behind keeps its data. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a gate on a free port in front of `target` (`host:port`). */
export async function gatePort(target: string): Promise<GatedPort> {
  const { hostname, port: targetPort } = new URL(`http://${target}`);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((incoming) => {
    const outgoing = keep(connect(Number(targetPort), hostname));
    keep(incoming).pipe(outgoing).pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  const port = await listen(server, 0);
  const refuse = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    host: `127.0.0.1:${port}`,
    refuse,
    async accept() {
      await listen(server, port);
    },
    close: refuse,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the machine gave no free port');
  return address.port;
}
