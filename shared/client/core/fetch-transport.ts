import type { ClientClock, Reply, Request, Transport } from './ports.ts';
import { parseJson } from './settings.ts';

export interface FetchTransportOptions {
  /** Of the receiver, without `/v1/events`. */
  readonly url: string;
  /** Write key. */
  readonly key: string;
  readonly clock: ClientClock;
  /** An answer that takes longer is unknown. */
  readonly timeoutMillis: number;
  /** Bodies of at most so many bytes outlive their page. Default 0. */
  readonly maxKeepaliveBytes?: number;
}

/** Smaller bodies gain nothing. */
const minGzipBytes = 1_024;

/** Sends over HTTP as the receiver takes it (`POST /v1/events`, `GET /v1/policy`), gzipped where that can be done. */
export function makeFetchTransport(options: FetchTransportOptions): Transport {
  const { key, clock, timeoutMillis, maxKeepaliveBytes = 0 } = options;
  const base = options.url.replace(/\/+$/, '');

  /** An answer whose text does not come in time is none. */
  async function call(path: string, init: RequestInit, signal?: AbortSignal): Promise<Reply> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    signal?.addEventListener('abort', abort);
    let isLate = false;
    const cancel = clock.after(timeoutMillis, () => {
      isLate = true;
      abort();
    });
    try {
      // A redirect would turn the POST into a GET: what comes back then is no answer to it.
      const settings: RequestInit = { credentials: 'omit', redirect: 'error', signal: controller.signal };
      const response = await fetch(base + path, { ...settings, ...init });
      const text = await response.text();
      return {
        kind: 'answer',
        status: response.status,
        isProblem: /^application\/problem\+json/i.test(response.headers.get('content-type') ?? ''),
        body: parseJson(text),
        retryAfterMillis: readRetryAfter(response.headers.get('retry-after'), clock.nowMillis()),
      };
    } catch {
      return { kind: 'none', why: isLate ? 'time-out' : 'network' };
    } finally {
      cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  return {
    async send({ body, token, signal }: Request) {
      const packed = await pack(body);
      const keepalive = packed.size <= maxKeepaliveBytes;
      const headers: Record<string, string> = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/cloudevents-batch+json',
        'x-edi-sent-at': String(clock.nowMillis()),
        ...(packed.isGzip ? { 'content-encoding': 'gzip' } : {}),
        ...(token === undefined ? {} : { 'x-edi-subject-token': token }),
      };
      return call('/v1/events', { method: 'POST', headers, body: packed.body, keepalive }, signal);
    },
    async policy() {
      const reply = await call('/v1/policy', { headers: { authorization: `Bearer ${key}` } });
      return reply.kind === 'answer' && reply.status === 200 ? reply.body : undefined;
    },
  };
}

async function pack(text: string): Promise<{ body: string | ArrayBuffer; size: number; isGzip: boolean }> {
  if (text.length < minGzipBytes || typeof CompressionStream === 'undefined') {
    return { body: text, size: text.length * 3, isGzip: false };
  }
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const body = await new Response(stream).arrayBuffer();
  return { body, size: body.byteLength, isGzip: true };
}

/** `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), in milliseconds; undefined when it is neither. */
export function readRetryAfter(header: string | null, nowMillis: number): number | undefined {
  if (header === null) return undefined;
  const millis = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMillis;
  return Number.isNaN(millis) ? undefined : Math.max(0, millis);
}
