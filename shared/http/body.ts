import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/**
 * Reading request bodies ourselves, within bounds.
 *
 * functions-framework buffers, inflates and parses a body before it calls the function, up to 1 GiB after inflation, and
 * answers what it cannot parse with an HTML page that holds a stack trace. Its parsers skip a request that announces no
 * body. So the two headers that announce one (RFC 9112 section 6) are put aside before the framework sees the request;
 * the stream stays untouched for `readBody`.
 */
const announcedLength = new WeakMap<IncomingMessage, string>();
let takenOver = false;

function isRequestStart(message: unknown): message is { readonly request: IncomingMessage } {
  return typeof message === 'object' && message !== null && 'request' in message;
}

/**
 * Puts body headers, and paths that the framework answers itself, aside on every HTTP server of this process. Calling it
 * again is harmless.
 */
export function takeOverBodies(): void {
  if (takenOver) return;
  takenOver = true;
  subscribe('http.server.request.start', (message) => {
    if (!isRequestStart(message)) return;
    const { headers } = message.request;
    const { 'content-length': contentLength, 'transfer-encoding': transferEncoding } = headers;
    if (contentLength !== undefined) {
      announcedLength.set(message.request, contentLength);
      delete headers['content-length'];
    }
    if (transferEncoding !== undefined) delete headers['transfer-encoding'];
    if (!reachesFunction(message.request.url ?? '/')) message.request.url = unroutablePath;
  });
}

/** What the function sees of a path that the framework would answer, with HTML, a stack trace or nothing. */
const unroutablePath = '/unroutable-path';

/** Not `*` (RFC 9112 section 3.2.4), not what browsers ask for by themselves, no invalid percent-encoding. */
function reachesFunction(url: string): boolean {
  const path = url.split('?', 1)[0] ?? '';
  if (!/^(?:https?:\/\/[^/]*)?\//i.test(path)) return false;
  if (/^(?:https?:\/\/[^/]*)?\/(?:favicon\.ico|robots\.txt)(?:\/|$)/i.test(path)) return false;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Why the reading of a body was ended from outside: it came too slowly, or others need the room. */
export type EarlyEnd = 'slow' | 'busy';

export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'aborted' }
  | { readonly kind: EarlyEnd };

/** Sees a body arrive. */
export interface BodyWatch {
  /** Not all of it is there yet; `stop` ends the reading. */
  opened(stop: (end: EarlyEnd) => void): void;
  /** More of it is to be held; false where there is no room for it, which ends the reading as `busy`. */
  received(bytes: number): boolean;
  /** It is there in whole, or its reading has ended. */
  closed(): void;
}

/**
 * Reads the body of a request that `takeOverBodies` saw. Refuses by `Content-Length` before the first byte, and by
 * counting where there is none; never holds more than `maxBodyBytes`. After anything but `body` the caller answers with
 * `answerEarly`.
 */
export function readBody(request: IncomingMessage, maxBodyBytes: number, watch?: BodyWatch): Promise<Body> {
  const contentLength = announcedLength.get(request) ?? request.headers['content-length'];
  if (contentLength !== undefined && Number(contentLength) > maxBodyBytes)
    return Promise.resolve({ kind: 'too-large' });
  // Its client has gone while something else was waited for: no event comes any more.
  if (request.destroyed) return Promise.resolve({ kind: 'aborted' });
  // Node runs promises before it tells that a body is complete.
  const isThere = request.complete || request.readableLength === Number(contentLength);
  if (isThere) return Promise.resolve(bodyThere(request, maxBodyBytes, watch));
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (body: Body) => {
      request.off('data', onData).off('end', onEnd).off('error', onAbort).off('close', onAbort);
      if (body.kind !== 'body') request.pause();
      watch?.closed();
      resolve(body);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBodyBytes) settle({ kind: 'too-large' });
      else if (watch?.received(chunk.length) === false) settle({ kind: 'busy' });
      else chunks.push(chunk);
    };
    const onEnd = () => {
      const bytes = Buffer.concat(chunks, length);
      for (const chunk of chunks) releaseBytes(chunk);
      settle({ kind: 'body', bytes });
    };
    const onAbort = () => settle({ kind: 'aborted' });
    watch?.opened((end) => settle({ kind: end }));
    request.on('data', onData).on('end', onEnd).on('error', onAbort).on('close', onAbort);
  });
}

/**
 * What came with its headers: it opens nothing, waits for no event, and is not copied where it is one chunk, whose buffer
 * is as long as it is (Node copies it out of what it reads into).
 */
function bodyThere(request: IncomingMessage, maxBodyBytes: number, watch: BodyWatch | undefined): Body {
  const length = request.readableLength;
  if (length > maxBodyBytes) return { kind: 'too-large' };
  if (length > 0 && watch?.received(length) === false) return { kind: 'busy' };
  const bytes: unknown = request.read();
  // Or the stream would never end.
  request.resume();
  return { kind: 'body', bytes: bytes instanceof Buffer ? bytes : Buffer.alloc(0) };
}

/** How long the rest of a refused body is thrown away. */
export interface DiscardLimits {
  readonly maxDiscardMillis: number;
  /** Without a byte. */
  readonly discardIdleMillis: number;
}

/**
 * Throws the rest of a refused body away, so that a client which sends before it reads gets to see the answer, and calls
 * `finish` at its end; what goes on sending beyond the limits is cut off. A connection that is closed while bytes
 * wait in it is reset (RFC 1122 section 4.2.2.13), and what was answered is lost with it.
 */
export function discardBody(request: IncomingMessage, limits: DiscardLimits, finish: () => void): void {
  const { socket } = request;
  let received = 0;
  let settled = false;
  let idle: NodeJS.Timeout;
  const settle = (cut: boolean) => {
    if (settled) return;
    settled = true;
    clearTimeout(deadline);
    clearTimeout(idle);
    finish();
    if (cut) socket.destroySoon();
  };
  const onEnd = () => settle(false);
  const deadline = setTimeout(() => settle(true), limits.maxDiscardMillis);
  const waitForMore = () => {
    const before = received;
    // A busy process runs its timers late, and before it reads what has arrived meanwhile: so it looks again after that.
    const look = () => (received === before ? settle(true) : waitForMore());
    idle = setTimeout(() => setImmediate(look), limits.discardIdleMillis);
  };
  waitForMore();
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    releaseBytes(chunk);
  });
  request.on('error', () => {});
  request.once('close', onEnd).once('end', onEnd);
  request.resume();
}

/**
 * Gives the memory of bytes back at once, which nobody may read any more. Left to the garbage collector, which sees only the
 * small object around it, a large body costs close to 100 MB until it runs, and bodies make V8 collect everything.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  // What is only a part of its buffer shares it with others.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
