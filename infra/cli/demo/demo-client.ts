import { systemClock } from '../../../shared/adapters/system-clock.ts';
import type { Reply, Transport } from '../../../shared/client/core/ports.ts';
import { createClient } from '../../../shared/client/node/index.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { CliError } from '../cli-error.ts';
import { sleep } from '../sleep.ts';

/** What ingest answered to events that were sent together. */
export interface Answer {
  readonly accepted: number;
  /** Repeats inside the request. */
  readonly duplicates: number;
  /** Reason by index. */
  readonly rejected: ReadonlyMap<number, string>;
}

interface Sent {
  /** One for each time that the events were sent as a whole. */
  readonly answers: readonly Answer[];
  /** Requests that came to nothing, or to a part, and were sent again: 429, 503, no answer, a transient rejection. */
  readonly retries: number;
}

export interface DemoClient {
  /**
   * Sends events as one batch. With `losesAnswer` the first answer is lost on its way to the client, which therefore sends
   * all of them again. Rejects with `CliError` where they are not taken.
   */
  send(events: readonly JsonObject[], losesAnswer: boolean): Promise<Sent>;
  close(): Promise<void>;
}

export interface DemoClientOptions {
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
  /** Between two tries while ingest does not answer, or not yet. Default 1,000. */
  readonly retryMillis?: number;
  /** Default 60. */
  readonly maxTries?: number;
  /** Stands in for ingest. */
  readonly way?: Transport;
}

/** As an app of one SDK sends: the client of `shared/client`, with its queue in memory and a way that can lose answers. */
export function makeDemoClient(options: DemoClientOptions): DemoClient {
  const { url, key, signal, retryMillis = 1_000, maxTries = 60 } = options;
  let answers: Answer[] = [];
  let accepted = 0;
  let duplicates = 0;
  let rejected = new Map<number, string>();
  let retries = 0;
  let losesAnswer = false;
  let problem = '';
  let isRefused = false;

  function note(reply: Reply): Reply {
    const { accepted: more = 0, duplicates: repeats = 0, rejected: refusals, detail } = fieldsOf(reply.body);
    const isWhole = Array.isArray(refusals) && !refusals.some((one) => fieldsOf(one)['transient'] === true);
    if (reply.status !== 200 || !isWhole) retries++;
    if (reply.status !== 200) {
      problem = reply.status === 0 ? `no answer from ${url}` : `ingest answered ${reply.status}`;
      if (typeof detail === 'string') problem += `: ${detail}`;
      isRefused = reply.status >= 400 && reply.status < 500 && reply.status !== 408 && reply.status !== 429;
      return reply;
    }
    if (losesAnswer && isWhole) {
      losesAnswer = false;
      const reasons = refusals.map((one): [number, string] => {
        const { index, reason } = fieldsOf(one);
        return [Number(index), String(reason)];
      });
      answers.push({ accepted: Number(more), duplicates: Number(repeats), rejected: new Map(reasons) });
      return { status: 0 };
    }
    accepted += Number(more);
    duplicates += Number(repeats);
    return reply;
  }

  const client = createClient({
    url,
    key,
    storage: 'memory',
    lingerMillis: 0,
    reportType: '',
    transport: (own) => {
      const way = options.way ?? own;
      return { policy: way.policy, send: async (request) => note(await way.send(request)) };
    },
  });
  // What an event is called here is its place: what is sent is its text, which may have no id.
  client.on('rejected', ({ rejections }) => {
    for (const { id, reason } of rejections) rejected.set(Number(id), reason);
  });

  async function deliver(): Promise<void> {
    for (let tries = 1; (await client.flush()).queued > 0; tries++) {
      signal.throwIfAborted();
      if (isRefused || tries >= maxTries) throw new CliError(problem);
      await sleep(systemClock, retryMillis, signal);
    }
    if (isRefused) throw new CliError(problem);
  }

  return {
    async send(events, isLosing) {
      answers = [];
      rejected = new Map();
      [accepted, duplicates, retries, isRefused, losesAnswer] = [0, 0, 0, false, isLosing];
      const texts = events.map((event) => JSON.stringify(event));
      await Promise.all(texts.map((text, at) => client.put({ id: `${at}`, source: '', type: '' }, { text })));
      await deliver();
      return { answers: [...answers, { accepted, duplicates, rejected }], retries };
    },
    close: client.close,
  };
}

/** Of whatever it is: what has no fields has them undefined. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value);
}
