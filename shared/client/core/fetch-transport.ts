import type { ClientClock, Reply, Transport } from './ports.ts';
import { defaultSettings, parseJson } from './settings.ts';

export interface FetchTransportOptions {
  /** Of the receiver, without `/v1/events`. */
  readonly url: string;
  /** Write key. */
  readonly key: string;
  /** An answer that takes longer is unknown. */
  readonly requestTimeoutMillis?: number;
}

/** Smaller bodies gain nothing. */
const minGzipBytes = 1_024;

/** `http://receiver/` and `http://receiver` are one. */
export function endpointOf(url: string, name: string): string {
  return url.replace(/\/*$/, `/v1/${name}`);
}

/** The token beside a body, where there is one. */
export function headersOf(token: string | undefined): Record<string, string> {
  return token ? { 'x-edi-subject-token': token } : {};
}

/**
 * Sends over HTTP as the receiver takes it (`POST /v1/events`, `GET /v1/policy`), gzipped where that can be done. Bodies of
 * at most `maxKeepaliveBytes` outlive their page.
 */
export function makeFetchTransport(
  options: FetchTransportOptions,
  clock: ClientClock,
  maxKeepaliveBytes = 0,
): Transport {
  const { url, key, requestTimeoutMillis = defaultSettings.requestTimeoutMillis } = options;

  /** An answer whose text does not come in time is none. */
  async function call(name: string, headers: Record<string, string>, init: RequestInit = {}): Promise<Reply> {
    const controller = new AbortController();
    const { signal } = controller;
    const abort = () => controller.abort();
    init.signal?.addEventListener('abort', abort, { signal });
    const cancel = clock.after(requestTimeoutMillis, abort);
    headers['authorization'] = `Bearer ${key}`;
    try {
      // A redirect would turn the POST into a GET: what comes back then is no answer to it.
      const response = await fetch(endpointOf(url, name), {
        ...init,
        headers,
        signal,
        credentials: 'omit',
        redirect: 'error',
      });
      const read = (header: string) => response.headers.get(header) ?? '';
      return {
        status: response.status,
        // application/problem+json
        isProblem: /problem/i.test(read('content-type')),
        retryAfterMillis: readRetryAfter(read('retry-after'), clock.nowMillis()),
        body: parseJson(await response.text()),
      };
    } catch {
      return { status: 0, isLate: signal.aborted && !init.signal?.aborted };
    } finally {
      cancel();
      // Ends what listens, too.
      abort();
    }
  }

  return {
    async send({ body: text, token, signal }) {
      const headers: Record<string, string> = {
        ...headersOf(token),
        'content-type': 'application/cloudevents-batch+json',
        'x-edi-sent-at': `${clock.nowMillis()}`,
      };
      let body = new Blob([text]);
      try {
        if (body.size >= minGzipBytes) {
          body = await new Response(body.stream().pipeThrough(new CompressionStream('gzip'))).blob();
          headers['content-encoding'] = 'gzip';
        }
      } catch {
        // There is no CompressionStream: it goes as it is.
      }
      return call('events', headers, { method: 'POST', body, signal, keepalive: body.size <= maxKeepaliveBytes });
    },
    async policy() {
      const { status, body } = await call('policy', {});
      return status === 200 ? body : undefined;
    },
  };
}

/** `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), in milliseconds; 0 when it is neither. */
function readRetryAfter(header: string, nowMillis: number): number {
  const millis = Number(header) >= 0 ? Number(header) * 1_000 : Date.parse(header) - nowMillis;
  return Math.max(0, millis) || 0;
}
