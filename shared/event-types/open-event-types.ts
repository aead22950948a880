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

/**
 * The view of the registry that an instance starts with: from the stored snapshot where there is one that can be read,
 * so that the first request does not wait for the registry; else it is asked once.
 */
export async function openEventTypes(ports: EventTypesPorts): Promise<EventTypes> {
  const { databases, buckets, clock, observer } = ports;
  const snapshot = await readSnapshot(buckets.snapshot).catch(() => undefined);
  const eventTypes = makeEventTypes({
    registry: databases.registry,
    clock,
    onProblem: (type) => observer.log('ERROR', 'a published revision cannot be used', { type }),
    onVersion: (version) => observer.log('INFO', 'works with another registry version', { version }),
    ...(snapshot ? { snapshot } : {}),
  });
  if (snapshot === undefined) await eventTypes.refreshNow();
  return eventTypes;
}
