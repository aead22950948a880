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
interface AnnouncedBody {
  readonly contentLength: string | undefined;
}

const announced = new WeakMap<IncomingMessage, AnnouncedBody>();
let takenOver = false;

function isRequestStart(message: unknown): message is { readonly request: IncomingMessage } {
  return typeof message === 'object' && message !== null && 'request' in message;
}

/** Puts body headers (and undecodable paths) aside on every HTTP server of this process. Calling it again is harmless. */
export function takeOverBodies(): void {
  if (takenOver) return;
  takenOver = true;
  subscribe('http.server.request.start', (message) => {
    if (!isRequestStart(message)) return;
    const { headers } = message.request;
    announced.set(message.request, { contentLength: headers['content-length'] });
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    if (!isDecodable(message.request.url ?? '/')) message.request.url = undecodablePath;
  });
}

/** What the function sees of a path that is no valid percent-encoding; the framework would answer with a stack trace. */
const undecodablePath = '/undecodable-path';

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0] ?? '');
    return true;
  } catch {
    return false;
  }
}

/** What a request says its body will measure; undefined when it does not say (chunked). */
export function announcedBytes(request: IncomingMessage): number | undefined {
  const contentLength = announced.get(request)?.contentLength ?? request.headers['content-length'];
  return contentLength === undefined ? undefined : Number(contentLength);
}

export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'aborted' };

/**
 * Reads the body of a request that `takeOverBodies` saw. Refuses by `Content-Length` before the first byte, and by
 * counting where there is none; never holds more than `maxBodyBytes`. After `too-large` the caller answers and then
 * calls `discardBody`.
 */
export function readBody(request: IncomingMessage, maxBodyBytes: number): Promise<Body> {
  const contentLength = announced.get(request)?.contentLength ?? request.headers['content-length'];
  if (contentLength !== undefined && Number(contentLength) > maxBodyBytes)
    return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (body: Body) => {
      request.off('data', onData).off('end', onEnd).off('error', onAbort).off('close', onAbort);
      resolve(body);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBodyBytes) {
        request.pause();
        settle({ kind: 'too-large' });
      } else chunks.push(chunk);
    };
    const onEnd = () => settle({ kind: 'body', bytes: Buffer.concat(chunks, length) });
    const onAbort = () => settle({ kind: 'aborted' });
    request.on('data', onData).on('end', onEnd).on('error', onAbort).on('close', onAbort);
  });
}

/**
 * Throws the rest of a refused body away for at most `maxDiscardMillis`, so that a client which sends before it reads
 * gets to see the answer, then closes the connection.
 */
export function discardBody(request: IncomingMessage, maxDiscardMillis: number): void {
  const close = () => request.socket.destroy();
  const timer = setTimeout(close, maxDiscardMillis);
  request.on('data', release);
  request.on('error', () => {});
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.resume();
}

/**
 * Gives a chunk's memory back at once. Left to the garbage collector, which sees only the small object around it, a large
 * body costs close to 100 MB until it runs.
 */
function release({ buffer, byteLength }: Buffer): void {
  // A chunk that is only a part of its buffer shares it with others.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
