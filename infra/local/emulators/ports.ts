import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

const maxStartMillis = 60_000;
const pollMillis = 50;

/** Below the ports that systems give to connections and to whoever asks for any (Linux from 32768, RFC 6335 from 49152). */
const firstPort = 20_000;
const portCount = 12_000;
const maxTries = 100;
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on now, another one each time. Until its process listens, nobody who asks the
 * system for any port gets it: a function whose port is taken meanwhile would be answered for by whoever took it.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < maxTries; tried++) {
    const port = firstPort + randomInt(portCount);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error('no free port on 127.0.0.1');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    server.once('error', () => resolve(false));
  });
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
