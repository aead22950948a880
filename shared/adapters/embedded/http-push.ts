import { Agent, request } from 'node:http';
import type { Push } from './push-dispatcher.ts';

/** Pushes over HTTP, with connections that are kept. */
export interface HttpPush {
  readonly push: Push;
  /** Closes the connections; what is on its way fails. */
  close(): void;
}

export interface HttpPushOptions {
  readonly maxConnections: number;
  /** The `Authorization` header of every push; without it pushes show none. */
  readonly authorization?: string;
}

/** Makes the push transport of the local process: `http:` endpoints, at most `maxConnections` to each. */
export function createHttpPush(options: HttpPushOptions): HttpPush {
  const { authorization } = options;
  const shown = authorization === undefined ? {} : { authorization };
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxConnections, scheduling: 'lifo' });
  return {
    async push(endpoint, body, timeoutMillis) {
      const deadline = performance.now() + timeoutMillis;
      try {
        return await post(agent, endpoint, { body, timeoutMillis, shown });
      } catch (error) {
        const remainingMillis = deadline - performance.now();
        if (!(error instanceof StaleConnection) || remainingMillis <= 0) throw error;
        return await post(agent, endpoint, { body, timeoutMillis: remainingMillis, shown });
      }
    },
    close: () => agent.destroy(),
  };
}

/** A kept connection that the server had closed when it was used again: the one failure that says nothing (node docs). */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

function post(
  agent: Agent,
  endpoint: string,
  options: {
    readonly body: string;
    readonly timeoutMillis: number;
    readonly shown: { readonly authorization?: string };
  },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(options.body);
    const headers = { ...options.shown, 'content-type': 'application/json', 'content-length': body.byteLength };
    const sent = request(endpoint, { agent, method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', reject);
    });
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer from the push endpoint within ${Math.round(options.timeoutMillis)} ms`)),
      options.timeoutMillis,
    );
    sent.once('close', () => clearTimeout(timer));
    sent.once('error', (error: NodeJS.ErrnoException) => {
      reject(sent.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection(error.message) : error);
    });
    sent.end(body);
  });
}
