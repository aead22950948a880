import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const maxStartMillis = 60_000;
const pollMillis = 50;

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no free port on 127.0.0.1');
  return address.port;
}

/** Resolves when something listens; rejects after a minute, or with what `problem` says of who should. */
export async function waitForPort(port: number, problem: () => string | undefined): Promise<void> {
  const endMillis = Date.now() + maxStartMillis;
  while (Date.now() < endMillis) {
    const known = problem();
    if (known !== undefined) throw new Error(known);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, pollMillis));
  }
  throw new Error(`nothing listens on port ${port} after ${maxStartMillis / 1_000} seconds`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
