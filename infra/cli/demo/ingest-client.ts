import { readRetryAfter } from '../../../shared/client/core/fetch-transport.ts';
import { isJsonObject, type JsonValue } from '../../../shared/event/json.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { sleep } from '../sleep.ts';

/** Ingest's answer to a request. */
interface EventsAnswer {
  readonly accepted: number;
  /** Repeats inside the request. */
  readonly duplicates: number;
  readonly rejected: readonly RejectedAnswer[];
}

interface RejectedAnswer {
  /** Place of the event in the request. */
  readonly index: number;
  /** True: to be sent again. */
  readonly transient: boolean;
  readonly reason: string;
}

type SendOutcome =
  | { readonly kind: 'answered'; readonly answer: EventsAnswer; readonly retries: number }
  /** The request as a whole was refused for good. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string; readonly retries: number }
  /** Nothing of it is known to be stored. */
  | { readonly kind: 'gave-up'; readonly problem: string; readonly retries: number };

export interface IngestClientOptions {
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** From 0 to below 1; spreads the retries of many clients. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
  /** Tries of one request. Default 6. */
  readonly maxAttempts?: number;
  /** Before the second try; doubles with every further one. Default 500. */
  readonly initialDelayMillis?: number;
  /** Longest wait; where `Retry-After` asks for more, the client gives up. Default 30,000. */
  readonly maxDelayMillis?: number;
  /** For one try. Default 30,000. */
  readonly requestTimeoutMillis?: number;
}

export interface IngestClient {
  /**
   * Sends one body as it is, again after a lost connection, 408, 429 and 5xx (as `GET /v1/policy` asks), honouring
   * `Retry-After` (RFC 9110 section 10.2.3). A body that is sent again is the same to the byte, so that its events keep
   * their identities.
   */
  send(body: string): Promise<SendOutcome>;
  /** Sends events as a batch, and those again that are rejected as transient. `index` in the answer is that of `events`. */
  sendEvents(events: readonly JsonValue[]): Promise<SendOutcome>;
}

const defaults = { maxAttempts: 6, initialDelayMillis: 500, maxDelayMillis: 30_000, requestTimeoutMillis: 30_000 };
const retriedStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const longestBackoffDoublings = 20;

type Attempt =
  | { readonly kind: 'final'; readonly status: number; readonly body: JsonValue }
  | { readonly kind: 'again'; readonly problem: string; readonly retryAfterMillis: number | undefined };

/**
 * The demo's client of ingest: it sends what no SDK would, to see it refused, tells what became of each request, and retries
 * for minutes instead of days. Whoever wants his events delivered takes `shared/client`.
 */
export function makeIngestClient(options: IngestClientOptions): IngestClient {
  const settings = { ...defaults, ...options };
  const { clock, signal } = options;

  function backoffMillis(attempt: number): number {
    const doublings = Math.min(attempt - 1, longestBackoffDoublings);
    const millis = settings.initialDelayMillis * 2 ** doublings * (0.5 + options.random() / 2);
    return Math.min(millis, settings.maxDelayMillis);
  }

  async function send(body: string): Promise<SendOutcome> {
    for (let attempt = 1; ; attempt++) {
      const retries = attempt - 1;
      const result = await tryOnce(body, settings);
      if (result.kind === 'final') return readFinal(result.status, result.body, retries);
      if (attempt >= settings.maxAttempts || signal?.aborted === true) {
        return { kind: 'gave-up', problem: result.problem, retries };
      }
      const { retryAfterMillis = 0 } = result;
      if (retryAfterMillis > settings.maxDelayMillis) {
        return { kind: 'gave-up', problem: `${result.problem} Retry after ${retryAfterMillis / 1_000} s.`, retries };
      }
      await sleep(clock, Math.max(retryAfterMillis, backoffMillis(attempt)), signal);
    }
  }

  async function sendEvents(events: readonly JsonValue[]): Promise<SendOutcome> {
    let outcome = await send(JSON.stringify(events));
    for (let attempt = 1; outcome.kind === 'answered' && attempt < settings.maxAttempts; attempt++) {
      const { answer, retries } = outcome;
      const pending = answer.rejected.filter(({ transient }) => transient);
      if (pending.length === 0 || signal?.aborted === true) break;
      await sleep(clock, backoffMillis(attempt), signal);
      const again = await send(JSON.stringify(pending.map(({ index }) => events[index] ?? null)));
      outcome =
        again.kind === 'answered'
          ? { ...again, answer: merge(answer, pending, again.answer), retries: retries + 1 + again.retries }
          : { ...again, retries: retries + 1 + again.retries };
    }
    return outcome;
  }

  return { send, sendEvents };
}

async function tryOnce(body: string, options: typeof defaults & IngestClientOptions): Promise<Attempt> {
  const { url, key, clock, signal } = options;
  const timeout = AbortSignal.timeout(options.requestTimeoutMillis);
  try {
    const response = await options.fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/cloudevents-batch+json',
        'x-edi-sent-at': String(clock.nowMillis()),
      },
      body,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const answer = parse(await response.text());
    if (!retriedStatuses.has(response.status)) return { kind: 'final', status: response.status, body: answer };
    const problem = `ingest answered ${response.status}${detailOf(answer)}`;
    const retryAfterMillis = readRetryAfter(response.headers.get('retry-after'), clock.nowMillis());
    return { kind: 'again', problem, retryAfterMillis };
  } catch {
    return { kind: 'again', problem: `no answer from ${url}`, retryAfterMillis: undefined };
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function detailOf(body: JsonValue): string {
  const detail = isJsonObject(body) ? body['detail'] : undefined;
  return typeof detail === 'string' ? `: ${detail}` : '';
}

function readFinal(status: number, body: JsonValue, retries: number): SendOutcome {
  if (status !== 200) return { kind: 'refused', status, detail: `ingest answered ${status}${detailOf(body)}`, retries };
  const { accepted, duplicates, rejected } = isJsonObject(body) ? body : {};
  if (typeof accepted !== 'number' || typeof duplicates !== 'number' || !Array.isArray(rejected)) {
    return { kind: 'refused', status, detail: 'the answer is not that of an ingest', retries };
  }
  return { kind: 'answered', answer: { accepted, duplicates, rejected: rejected.map(readRejected) }, retries };
}

function readRejected(value: JsonValue): RejectedAnswer {
  const { index, transient, reason } = isJsonObject(value) ? value : {};
  return { index: Number(index), transient: transient === true, reason: String(reason) };
}

/** The answer to all events, when those that were pending have been sent again. */
function merge(before: EventsAnswer, pending: readonly RejectedAnswer[], after: EventsAnswer): EventsAnswer {
  const rejectedAgain = after.rejected.map((rejection) => ({
    ...rejection,
    index: pending[rejection.index]?.index ?? rejection.index,
  }));
  return {
    accepted: before.accepted + after.accepted,
    duplicates: before.duplicates + after.duplicates,
    rejected: [...before.rejected.filter(({ transient }) => !transient), ...rejectedAgain],
  };
}
