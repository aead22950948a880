import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../shared/event/json.ts';
import { type IntegrationDeployment, isAcknowledged } from './integration-deployment.ts';
import { makeEvent, sendBatch, trackPlayedData } from './local-events.ts';

/** A request's answer; without status: the connection ended without one. */
interface LoadAnswer {
  readonly status?: number;
  readonly retryAfter?: string;
  /** Every event of the batch was taken. */
  readonly acknowledged: boolean;
}

/** Where ingest listens, and the key of an SDK that may send `trackPlayed`. */
export type LoadTarget = Pick<IntegrationDeployment, 'url' | 'writeKey'>;

export interface LoadOptions {
  readonly clients?: number;
  readonly batchEvents?: number;
  /** Between a client's batches. */
  readonly pauseMillis?: number;
  /** Default: nothing personal. */
  readonly dataOf?: (client: number) => JsonObject;
}

/** Clients that send batch after batch until they are told to stop. */
export interface Load {
  readonly sentIds: ReadonlySet<string>;
  /** Of the events whose batch was acknowledged. */
  readonly acknowledgedIds: ReadonlySet<string>;
  /** The client that sent an event. */
  readonly clientOf: ReadonlyMap<string, number>;
  readonly answers: readonly LoadAnswer[];
  /** Resolves when every client has got its last batch acknowledged. */
  stop(): Promise<void>;
}

const retryMillis = 50;

/**
 * Starts clients that do as an SDK does: a batch is sent again, the same bytes, until every event of it is taken. Now and
 * then events that were acknowledged come again beside new ones, as when an answer is lost on its way.
 */
export function startLoad({ url, writeKey }: LoadTarget, options: LoadOptions = {}): Load {
  const { clients = 4, batchEvents = 5, pauseMillis = 100, dataOf = trackPlayedData } = options;
  const agent = new Agent({ keepAlive: true });
  const sentIds = new Set<string>();
  const acknowledgedIds = new Set<string>();
  const clientOf = new Map<string, number>();
  const answers: LoadAnswer[] = [];
  let running = true;

  async function sendOnce(text: string): Promise<LoadAnswer> {
    const answer = await sendBatch(url, { events: text, key: writeKey, agent }).catch(() => undefined);
    if (answer === undefined) return { acknowledged: false };
    const retryAfter = answer.headers['retry-after'];
    return { status: answer.status, acknowledged: isAcknowledged(answer), ...(retryAfter ? { retryAfter } : {}) };
  }

  async function sendUntilAcknowledged(text: string): Promise<void> {
    while (true) {
      const answer = await sendOnce(text);
      answers.push(answer);
      if (answer.acknowledged) return;
      await delay(retryMillis);
    }
  }

  async function runClient(client: number): Promise<void> {
    let previous: JsonObject[] = [];
    for (let batch = 0; running; batch++) {
      const fresh = Array.from({ length: batchEvents }, () =>
        makeEvent({ source: `installation-${client}`, subject: `person-${client % 3}`, data: dataOf(client) }),
      );
      for (const { id } of fresh) {
        sentIds.add(id);
        clientOf.set(id, client);
      }
      await sendUntilAcknowledged(JSON.stringify(batch % 4 === 3 ? [...fresh, ...previous.slice(0, 3)] : fresh));
      for (const { id } of fresh) acknowledgedIds.add(id);
      previous = fresh;
      await delay(pauseMillis);
    }
  }

  const finished = Promise.all(Array.from({ length: clients }, (_, client) => runClient(client)));
  return {
    sentIds,
    acknowledgedIds,
    clientOf,
    answers,
    async stop() {
      running = false;
      await finished;
      agent.destroy();
    },
  };
}
