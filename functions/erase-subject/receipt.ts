import type { JsonObject } from '../../shared/event/json.ts';
import type { Erasure } from '../../shared/ports/erasures.ts';
import type { EraseSubjectConfig } from './config.ts';
import { consumersPart } from './consumers.ts';

const dayMillis = 86_400_000;

/**
 * What is told of an erasure: its times, counts, and of each part what is done or until when it waits. `done` only when
 * every part is. It holds no identity.
 */
export function receiptOf(erasure: Erasure, nowMillis: number, config: EraseSubjectConfig): JsonObject {
  const { id, startedAtMillis, erasedAtMillis, cutoffMillis, unreadableFromMillis } = erasure;
  const { named, keysDestroyed, sourcesErased, sourcesShared } = erasure;
  const parts = [
    part('keys', 'the keys are destroyed', erasedAtMillis),
    part('caches', 'no instance holds one, and what is received from now on has a new key', cutoffMillis),
    part('messages', 'no message holds what was received before', cutoffMillis + config.purgeAfterDays * dayMillis),
    part('storage', 'what tables and quarantine held then cannot be read, nor a copy of it', unreadableFromMillis),
  ];

  function part(name: string, means: string, doneFromMillis: number) {
    const state = nowMillis >= doneFromMillis ? 'done' : 'waits';
    return { part: name, state, ...(state === 'done' ? {} : { until: iso(doneFromMillis) }), means };
  }

  const consumers = consumersPart(erasure, config.erasureConsumers);
  const all = [...parts, ...consumers.parts];
  return {
    id,
    state: all.every(({ state }) => state === 'done') ? 'done' : 'waits',
    startedAt: iso(startedAtMillis),
    erasedAt: iso(erasedAtMillis),
    cutoff: iso(cutoffMillis),
    unreadableFrom: iso(unreadableFromMillis),
    named,
    keysDestroyed,
    sourcesErased,
    sourcesShared,
    parts: all,
    acknowledged: consumers.acknowledged,
  };
}

function iso(millis: number): string {
  return new Date(millis).toISOString();
}
