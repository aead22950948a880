import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../infra/local/emulators/ports.ts';

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
  // While it refuses, nobody who asks the system for any port is given it, and no connection begins at it.
  const port = await freePort();
  await listen(server, port);
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
    accept: () => listen(server, port),
    close: refuse,
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
