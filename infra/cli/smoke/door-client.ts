import { asObject, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { sleep } from '../sleep.ts';

/** Ingest's answer to a request, as it is: a smoke test looks at what no client shows. */
type SendOutcome =
  | {
      readonly kind: 'answered';
      readonly answer: { readonly accepted: number; readonly rejected: readonly { readonly reason: string }[] };
      readonly retries: number;
    }
  /** The request as a whole was refused for good. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string; readonly retries: number }
  /** Nothing of it is known to be stored. */
  | { readonly kind: 'gave-up'; readonly problem: string; readonly retries: number };

export interface DoorClient {
  /** Sends one body as it is, again after a lost connection, 408, 429 and 5xx, the same bytes each time. */
  send(body: string): Promise<SendOutcome>;
  /** Sends events as a batch. */
  sendEvents(events: readonly JsonObject[]): Promise<SendOutcome>;
}

interface DoorClientOptions {
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const maxAttempts = 6;
const retryMillis = 1_000;
const requestTimeoutMillis = 30_000;

export function makeDoorClient({ url, key, clock, signal }: DoorClientOptions): DoorClient {
  async function tryOnce(body: string): Promise<{ readonly status: number; readonly answer: JsonObject }> {
    try {
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents-batch+json' },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMillis)]),
      });
      return { status: response.status, answer: asObject(parseJson(await response.text())) };
    } catch {
      return { status: 0, answer: {} };
    }
  }

  async function send(body: string): Promise<SendOutcome> {
    for (let retries = 0; ; retries++) {
      const { status, answer } = await tryOnce(body);
      const isPassing = status === 0 || status === 408 || status === 429 || status >= 500;
      const told = status === 0 ? `no answer from ${url}` : `ingest answered ${status}${detailOf(answer)}`;
      if (!isPassing) return read(status, answer, { told, retries });
      if (retries + 1 >= maxAttempts || signal.aborted) return { kind: 'gave-up', problem: told, retries };
      await sleep(clock, retryMillis * 2 ** retries, signal);
    }
  }

  return { send, sendEvents: (events) => send(JSON.stringify(events)) };
}

function read(
  status: number,
  answer: JsonObject,
  last: { readonly told: string; readonly retries: number },
): SendOutcome {
  const { told, retries } = last;
  const { accepted, rejected } = answer;
  if (status !== 200) return { kind: 'refused', status, detail: told, retries };
  if (typeof accepted !== 'number' || !Array.isArray(rejected)) {
    return { kind: 'refused', status, detail: 'the answer is not that of an ingest', retries };
  }
  return { kind: 'answered', answer: { accepted, rejected: rejected.map(reasonOf) }, retries };
}

function reasonOf(value: JsonValue): { readonly reason: string } {
  return { reason: String(isJsonObject(value) ? value['reason'] : value) };
}

function detailOf({ detail }: JsonObject): string {
  return typeof detail === 'string' ? `: ${detail}` : '';
}
