import type { IngestAnswer } from '../../functions/ingest/stage.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { startMillis } from '../helpers/batches.ts';
import { day } from '../helpers/schemas.ts';
import type { Faults } from './faults.ts';

export interface SentEvent {
  readonly source: string;
  readonly id: string;
  readonly timeMicros: number;
  readonly type: string;
  readonly event: JsonObject;
  /** What the client was told last that counts: `accepted` and `quarantined` are promises. */
  promise: 'none' | 'accepted' | 'quarantined';
}

/** Answers a request, or rejects as the network and a server do. */
export type Send = (events: readonly JsonObject[]) => Promise<IngestAnswer>;

const types = ['shop.order.v1', 'shop.visit.v1'] as const;

/** Makes the events of one installation, of the types given. One in ten does not fit its schema. */
export function makeEvents(
  { dice }: Faults,
  source: string,
  count: number,
  among: readonly [string, ...string[]] = types,
): SentEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `${source}-${dice.chance(0.2) ? 'same' : at}`;
    // One id may come at several times: those are several events.
    const timeMillis = startMillis - dice.below(3) * day + at;
    const type = dice.pick(among);
    const amount = dice.chance(0.1) ? 'no number' : at;
    const data = { amount, email: `person-of-${source}` };
    const time = new Date(timeMillis).toISOString();
    const event = { specversion: '1.0', id, source, subject: `person-of-${source}`, type, time, data };
    return { source, id, timeMicros: timeMillis * 1_000, type, event, promise: 'none' };
  });
}

/**
 * A client as SDKs are: sends what is not settled in batches that it makes anew every time, resends after a failure, and
 * now and then resends what was settled (a phone restored from a backup). It never gives up.
 */
export async function runClient(
  { dice, scheduler, rate }: Faults,
  events: readonly SentEvent[],
  send: Send,
): Promise<void> {
  for (;;) {
    const pending = events.filter(({ promise }) => promise === 'none' || dice.chance(rate()));
    if (!pending.some(({ promise }) => promise === 'none')) return;
    const batch = pending.flatMap((event) => (dice.chance(0.6) ? [event, ...(dice.chance(0.05) ? [event] : [])] : []));
    if (batch.length > 0) await sendBatch(batch, send);
    const pauseMillis = dice.below(10_000);
    await new Promise<void>((resolve) => scheduler.clock.after(pauseMillis, resolve));
  }
}

export async function sendBatch(batch: readonly SentEvent[], send: Send): Promise<void> {
  let answer: IngestAnswer;
  try {
    answer = await send(batch.map(({ event }) => event));
  } catch {
    return;
  }
  const rejected = new Map(answer.rejected.map((rejection) => [rejection.index, rejection]));
  for (const [index, sent] of batch.entries()) {
    const rejection = rejected.get(index);
    if (rejection === undefined) sent.promise = 'accepted';
    else if (!rejection.transient) sent.promise = 'quarantined';
  }
}
