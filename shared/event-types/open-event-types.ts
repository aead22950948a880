import type { Observer } from '../observe/observer.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Registry } from '../ports/registry.ts';
import { type EventTypes, makeEventTypes } from './event-types.ts';
import { readSnapshot } from './snapshot.ts';

/** Of a function that needs the registry and its snapshot. */
export interface EventTypesPorts {
  readonly databases: { readonly registry: Registry };
  readonly buckets: { readonly snapshot: ObjectStore };
  readonly clock: Clock;
  readonly observer: Observer;
}

/** How long the snapshot is waited for. It is there for when the registry does not answer, and may not be the next outage. */
const maxSnapshotMillis = 2_000;

/**
 * The view of the registry that an instance starts with: the stored snapshot or what the registry answers, whichever comes
 * first. Both are asked at once, each once, so that a start waits for neither of them when the other is there.
 */
export async function openEventTypes(ports: EventTypesPorts): Promise<EventTypes> {
  const { databases, buckets, clock, observer } = ports;
  const first = databases.registry.read();
  const stored = within(maxSnapshotMillis, readSnapshot(buckets.snapshot), clock);
  // None where the registry came first, and where neither comes.
  const snapshot = await Promise.any([
    first.then(() => undefined),
    stored.then((found) => found ?? Promise.reject(new Error('there is no snapshot'))),
  ]).catch(() => undefined);
  const eventTypes = makeEventTypes({
    registry: beginningWith(first, databases.registry),
    clock,
    onProblem: (type) => observer.log('ERROR', 'a published revision cannot be used', { type }),
    onVersion: (version) => observer.log('INFO', 'works with another registry version', { version }),
    ...(snapshot ? { snapshot } : {}),
  });
  // Beside a snapshot, too: what the registry answers is of now, and not of whenever the first event comes.
  const refreshed = eventTypes.refreshNow();
  if (snapshot === undefined) await refreshed;
  return eventTypes;
}

/** Undefined when it fails or takes longer. */
function within<T>(maxMillis: number, work: Promise<T>, clock: Clock): Promise<T | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(maxMillis, () => resolve(undefined));
    work.then(resolve, () => resolve(undefined)).finally(cancel);
  });
}

/** The registry, whose first question is asked already. */
function beginningWith(first: ReturnType<Registry['read']>, registry: Registry): Registry {
  let asked: ReturnType<Registry['read']> | undefined = first;
  return {
    async read(knownVersion) {
      const beginning = asked;
      if (beginning === undefined) return registry.read(knownVersion);
      asked = undefined;
      const answer = await beginning;
      return answer !== 'unchanged' && answer.version === knownVersion ? 'unchanged' : answer;
    },
  };
}
