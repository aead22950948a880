import { makeFetchTransport } from '../../../shared/client/core/fetch-transport.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
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
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** Nothing of it is known to be stored. */
  | { readonly kind: 'gave-up'; readonly problem: string };

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

/** Over the transport of `shared/client`, without its queue. */
export function makeDoorClient({ url, key, clock, signal }: DoorClientOptions): DoorClient {
  const transport = makeFetchTransport({ url, key }, clock);

  async function send(body: string): Promise<SendOutcome> {
    for (let retries = 0; ; retries++) {
      const { status, body: answer } = await transport.send({ body, token: undefined, signal });
      const isPassing = status === 0 || status === 408 || status === 429 || status >= 500;
      const told = status === 0 ? `no answer from ${url}` : `ingest answered ${status}${detailOf(answer)}`;
      if (!isPassing) return status === 200 ? read(answer, retries) : { kind: 'refused', status, detail: told };
      const isLast = retries + 1 === maxAttempts;
      if (!isLast) await sleep(clock, retryMillis * 2 ** retries, signal);
      if (isLast || signal.aborted) return { kind: 'gave-up', problem: told };
    }
  }

  return { send, sendEvents: (events) => send(JSON.stringify(events)) };
}

function read(answer: unknown, retries: number): SendOutcome {
  const { accepted, rejected } = isJsonObject(answer) ? answer : {};
  if (typeof accepted !== 'number' || !Array.isArray(rejected)) {
    return { kind: 'refused', status: 200, detail: 'the answer is not that of an ingest' };
  }
  return { kind: 'answered', answer: { accepted, rejected: rejected.map(reasonOf) }, retries };
}

function reasonOf(value: JsonValue): { readonly reason: string } {
  return { reason: String(isJsonObject(value) ? value['reason'] : value) };
}

function detailOf(answer: unknown): string {
  const { detail } = isJsonObject(answer) ? answer : {};
  return typeof detail === 'string' ? `: ${detail}` : '';
}
