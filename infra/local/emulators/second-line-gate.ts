import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readBody } from '../../../shared/http/body.ts';
import { answer } from '../../../shared/http/http.ts';
import { parsePushBody } from '../../../shared/http/push-body.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { closeServer, listenOnLoopback } from '../function-servers.ts';
import { isPath } from './push-path.ts';

/** Stands between the emulator and the functions where dead letters are pushed. */
export interface SecondLineGate {
  /** Where the second line of a function is pushed to. */
  urlOf(name: string): string;
  close(): Promise<void>;
}

export interface SecondLineGateOptions {
  readonly backoffSeconds: number;
  /** Where a function listens; undefined where none of this name does. */
  readonly functionUrl: (name: string) => string | undefined;
  /** Below it pushes come, and nobody else knows it. */
  readonly pushPath: string;
  readonly clock: Clock;
}

const maxPushBytes = 16 * 1_048_576;
/** Messages whose last failure is remembered; one that is forgotten is tried early. */
const maxRemembered = 10_000;

/**
 * The backoff of the second lines, since the emulator gets none (`declareOnEmulator`) and pushes a message again a second
 * after it failed: a message that failed less than the backoff ago is answered 503 here, and no function sees it.
 */
export async function startSecondLineGate(options: SecondLineGateOptions): Promise<SecondLineGate> {
  const { backoffSeconds, functionUrl, pushPath, clock } = options;
  const notBefore = new Map<string, number>();

  function remember(messageId: string): void {
    notBefore.delete(messageId);
    notBefore.set(messageId, clock.nowMillis() + backoffSeconds * 1_000);
    const [oldest] = notBefore.keys();
    if (notBefore.size > maxRemembered && oldest !== undefined) notBefore.delete(oldest);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', name = ''] = (request.url ?? '').split(/\/(?=[^/]*$)/);
    if (!isPath(path, pushPath)) return answer(response, 401, { headers: { connection: 'close' } });
    const url = functionUrl(name);
    const body = await readBody(request, maxPushBytes);
    const message = body.kind === 'body' ? parsePushBody(body.bytes) : undefined;
    if (url === undefined || body.kind !== 'body' || message === undefined) return answer(response, 400);
    const { messageId } = message;
    if ((notBefore.get(messageId) ?? 0) > clock.nowMillis()) return answer(response, 503);
    const status = await push(url, body.bytes);
    if (status < 300) notBefore.delete(messageId);
    else remember(messageId);
    answer(response, status);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => answer(response, 503));
  });
  const port = await listenOnLoopback(server, 0);
  return {
    urlOf: (name) => `http://127.0.0.1:${port}${pushPath}/${name}`,
    async close() {
      const closed = closeServer(server);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The status; 503 of a function that cannot be reached. */
async function push(url: string, body: Buffer): Promise<number> {
  try {
    const answered = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(body),
    });
    await answered.arrayBuffer();
    return answered.status;
  } catch {
    return 503;
  }
}
