import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryEntry, SentEvent } from './history.ts';

export interface ClientsOptions {
  readonly url: string;
  readonly key: string;
  readonly clients: number;
  /** From 0 below 1. */
  readonly fraction: () => number;
  readonly record: (entry: HistoryEntry) => void;
}

export interface Clients {
  /** Resolves when nothing is left that a client would send again. */
  stop(): Promise<void>;
}

interface Pending {
  readonly events: SentEvent[];
  tries: number;
}

const maxBatchEvents = 40;
const [answerLostShare, repeatShare, misfitShare, correctShare, giveUpShare] = [0.1, 0.2, 0.03, 0.5, 0.01];
const requestTimeoutMillis = 15_000;

/**
 * Clients that do what clients do: batches of any size, the same bytes again when no answer came, an answer that is lost
 * on its way, events that were acknowledged once more in another batch, events that break the schema, and some of those
 * corrected under the same identity.
 */
export function startClients(options: ClientsOptions): Clients {
  let running = true;
  let requests = 0;

  async function post(events: readonly SentEvent[]): Promise<Set<number> | 'unknown'> {
    const request = requests++;
    options.record({ kind: 'sent', request, events });
    const { status, refused, transient } = await answerTo(events);
    options.record({ kind: 'answered', request, status, refused, transient });
    if (status !== 200 || options.fraction() < answerLostShare) return 'unknown';
    return new Set(transient);
  }

  async function answerTo(events: readonly SentEvent[]) {
    try {
      const response = await fetch(`${options.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${options.key}`, 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events.map(cloudEvent)),
        signal: AbortSignal.timeout(requestTimeoutMillis),
      });
      const { rejected = [] }: { rejected?: { index: number; transient: boolean }[] } = JSON.parse(
        await response.text(),
      );
      const positions = (isTransient: boolean) =>
        rejected.filter(({ transient }) => transient === isTransient).map(({ index }) => index);
      return { status: response.status, refused: positions(false), transient: positions(true) };
    } catch {
      return { status: 0, refused: [], transient: [] };
    }
  }

  /** Sends until every event is decided; a batch is given up now and then, and may have arrived or not. */
  async function sendOut(pending: Pending): Promise<void> {
    while (pending.events.length > 0) {
      const transient = await post(pending.events);
      if (transient !== 'unknown')
        pending.events.splice(0, Infinity, ...pending.events.filter((_, at) => transient.has(at)));
      pending.tries++;
      if (pending.tries > 3 && options.fraction() < giveUpShare) return;
      if (pending.events.length > 0) await delay(50 + options.fraction() * 200 * Math.min(pending.tries, 5));
    }
  }

  async function run(client: number): Promise<void> {
    let earlier: SentEvent[] = [];
    while (running) {
      const count = 1 + Math.floor(options.fraction() ** 2 * maxBatchEvents);
      const fresh = Array.from({ length: count }, () => newEvent(client, options.fraction));
      const again = options.fraction() < repeatShare ? earlier.slice(0, 5) : [];
      await sendOut({ events: [...fresh, ...again], tries: 0 });
      const corrected = fresh.filter(({ fits }) => !fits && options.fraction() < correctShare);
      await sendOut({ events: corrected.map((event) => ({ ...event, fits: true })), tries: 0 });
      earlier = fresh.filter(({ fits }) => fits);
      await delay(options.fraction() * 200);
    }
  }

  const finished = Promise.all(Array.from({ length: options.clients }, (_, client) => run(client)));
  return {
    async stop() {
      running = false;
      await finished;
    },
  };
}

let tracks = 0;

function newEvent(client: number, fraction: () => number): SentEvent {
  return {
    id: randomUUID(),
    source: `exactness-${client}`,
    time: new Date(Date.now() - Math.floor(fraction() * 3_600_000)).toISOString(),
    subject: `person-${Math.floor(fraction() * 5)}`,
    trackId: `trk-${tracks++}`,
    msPlayed: Math.floor(fraction() * 300_000),
    seeksMs: Array.from({ length: Math.floor(fraction() * 4) }, () => Math.floor(fraction() * 1_000)),
    fits: fraction() >= misfitShare,
  };
}

function cloudEvent({ id, source, time, subject, trackId, msPlayed, seeksMs, fits }: SentEvent) {
  return {
    specversion: '1.0',
    type: 'playback.track-played.v1',
    id,
    source,
    time,
    subject,
    data: {
      track: { track_id: trackId },
      played_at: time,
      ms_played: msPlayed,
      reason_start: fits ? 'autoplay' : 'no such reason',
      reason_end: 'track_done',
      seeks_ms: seeksMs,
      client: { os: 'iOS', app_version: '9.1.0' },
    },
  };
}
