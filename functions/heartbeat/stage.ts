import { asObject, type JsonObject } from '../../shared/event/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { HeartbeatConfig } from './config.ts';

/** What the front door answered to a request. */
export type DoorAnswer =
  /** Events that it did not take, of those that were sent. */
  | { readonly kind: 'answered'; readonly rejected: number }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable' };

export interface HeartbeatPorts {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Sends a batch of events as a client does. */
  readonly send: (events: readonly JsonObject[]) => Promise<DoorAnswer>;
}

export interface Beats {
  readonly taken: number;
  /** Events that the front door did not take, whatever the reason. */
  readonly missed: number;
  /** What went wrong, without values; once each. */
  readonly problems: readonly string[];
}

const hourMillis = 3_600_000;

/**
 * Heartbeat: sends, for each of the last ended hours and each event type in use, one event of that type that holds no
 * data. Its identity is the type, the region and the end of the hour, so that it is one event however often it is sent.
 * Rejects with `Unavailable` when the registry cannot be asked.
 */
export function makeHeartbeatStage(ports: HeartbeatPorts, config: HeartbeatConfig): () => Promise<Beats> {
  return async () => {
    const events = heartbeats(await typesInUse(ports.registry), ports.clock.nowMillis(), config);
    const problems = new Set<string>();
    let missed = 0;
    for (let at = 0; at < events.length; at += config.maxRequestEvents) {
      const sent = events.slice(at, at + config.maxRequestEvents);
      const answer = await ports.send(sent);
      if (answer.kind === 'answered') {
        missed += answer.rejected;
        if (answer.rejected > 0) problems.add('events were rejected');
      } else {
        missed += sent.length;
        problems.add(answer.kind === 'refused' ? `the front door answered ${answer.status}` : 'no answer');
      }
    }
    return { taken: events.length - missed, missed, problems: [...problems] };
  };
}

async function typesInUse(registry: Registry): Promise<string[]> {
  const snapshot = await registry.read();
  if (snapshot === 'unchanged') throw new Error('a registry asked without a known version answers with its state');
  return snapshot.revisions
    .filter(({ schema }) => asObject(schema['edi'])['stage'] !== 'retired')
    .map(({ type }) => type);
}

function heartbeats(types: readonly string[], nowMillis: number, { hoursBack, region }: HeartbeatConfig): JsonObject[] {
  const thisHour = Math.floor(nowMillis / hourMillis) * hourMillis;
  return Array.from({ length: hoursBack }, (_, back) => new Date(thisHour - back * hourMillis).toISOString()).flatMap(
    (time) =>
      types.map((type) => ({ specversion: '1.0', id: type, source: `edi-heartbeat/${region}`, type, time, data: {} })),
  );
}
