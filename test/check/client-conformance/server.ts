import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../infra/local/emulators/ports.ts';
import { parseJson } from '../../../shared/event/json.ts';
import { eventsIn, type FoundEvent, plainBody } from './events-in.ts';

/** What the server does with a request that holds events. */
export type Action = Answer | Silence;

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which of the events it stores. Default none. */
  readonly stores?: ReadonlySet<string>;
  /** Events about which a client may forget with this answer: what is stored, or refused for good. Default none. */
  readonly decides?: ReadonlySet<string>;
  readonly delayMillis?: number;
  /** Half of the body comes, then the end of the connection. */
  readonly isCut?: boolean;
}

/** No answer: the connection is closed, or kept open. */
interface Silence {
  readonly kind: 'silence';
  readonly stores?: ReadonlySet<string>;
  readonly keepsOpen?: boolean;
}

export interface SeenRequest {
  readonly atMillis: number;
  readonly events: readonly FoundEvent[];
  /** Inflated. */
  readonly body: string;
  /** When the last byte of the answer was written; absent where there was none in whole. */
  answeredMillis?: number;
  decided?: ReadonlySet<string>;
  stored?: ReadonlySet<string>;
  retryAfterMillis?: number;
}

export interface Behaviour {
  /** Asked for each request with events, in order. */
  readonly act: (
    events: readonly FoundEvent[],
    request: { readonly number: number; readonly sinceMillis: number },
  ) => Action;
  /** So many requests are reset as soon as the first of their body has come. */
  readonly resets?: number;
}

export interface MisbehavingServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** True from the first request on that was answered as it should be. */
  readonly isWell: () => boolean;
  /** Nothing listens on the port any more. */
  down(): Promise<void>;
  /** Listens on the same port again. */
  up(): Promise<void>;
  close(): Promise<void>;
}

export interface ServerOptions extends Behaviour {
  readonly keyMembers: readonly string[];
  /** What `GET /v1/policy` answers. */
  readonly policy: object;
}

/** A receiver of any path that misbehaves as it is told. */
export async function startServer(options: ServerOptions): Promise<MisbehavingServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  // While nobody listens on it, nobody who asks the system for any port is given it.
  const port = await freePort();
  let [resetsLeft, firstMillis, isWell] = [options.resets ?? 0, 0, false];
  let server = await listen();

  async function listen(): Promise<Server> {
    const made = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
    made.keepAliveTimeout = 65_000;
    made.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    made.listen(port, '127.0.0.1');
    await once(made, 'listening');
    return made;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      const isPolicy = request.url?.startsWith('/v1/policy') === true;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(isPolicy ? options.policy : {}));
      return;
    }
    if (resetsLeft > 0) {
      resetsLeft--;
      await once(request, 'data');
      request.socket.resetAndDestroy();
      return;
    }
    const atMillis = performance.now();
    const body = plainBody(await buffer(request), request.headers['content-encoding']);
    const events = eventsIn(body, options.keyMembers);
    if (events.length === 0) {
      // What clients ask for beside: settings, flags, reports of their own.
      const account = { accepted: countOf(body), duplicates: 0, rejected: [] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(account));
      return;
    }
    firstMillis ||= atMillis;
    const seen: SeenRequest = { atMillis, events, body };
    requests.push(seen);
    const action = options.act(events, { number: requests.length, sinceMillis: atMillis - firstMillis });
    if (action.stores !== undefined) seen.stored = action.stores;
    if (action.kind === 'answer') return answer(action, seen, response);
    if (action.keepsOpen !== true) response.destroy();
  }

  async function answer(
    { status, body, headers, decides, delayMillis, isCut }: Answer,
    seen: SeenRequest,
    response: ServerResponse,
  ): Promise<void> {
    if (delayMillis !== undefined) await delay(delayMillis);
    if (response.destroyed) return;
    const length = Buffer.byteLength(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers, 'content-length': String(length) });
    if (isCut === true) {
      response.write(body.slice(0, Math.floor(body.length / 2)));
      await delay(20);
      response.destroy();
      return;
    }
    response.end(body);
    const after = Number(headers?.['retry-after']);
    if (after > 0) seen.retryAfterMillis = after * 1_000;
    if (decides !== undefined) seen.decided = decides;
    seen.answeredMillis = performance.now();
    if (status === 200 && decides !== undefined) isWell = true;
  }

  async function down(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    isWell: () => isWell,
    down,
    async up() {
      server = await listen();
    },
    close: down,
  };
}

function countOf(body: string): number {
  const value = parseJson(body);
  if (value === undefined) return 0;
  return Array.isArray(value) ? value.length : 1;
}
