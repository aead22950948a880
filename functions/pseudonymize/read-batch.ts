import { type BatchEvents, openEvents } from '../../shared/batch/batch-events.ts';
import { decodeMarks, type Mark } from '../../shared/batch/marks.ts';
import { openBatch, type SealedBatch } from '../../shared/batch/sealed-batch.ts';
import type { EventType, EventTypes } from '../../shared/event-types/event-types.ts';
import { type Line, lineOf } from '../../shared/http/line.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import type { DeliveredMessage } from '../../shared/ports/publisher.ts';

/** A batch as dedup forwards it. */
export interface ReadBatch {
  readonly kind: 'read';
  readonly message: DeliveredMessage;
  /** Which delivered it. */
  readonly line: Line;
  readonly batch: SealedBatch;
  /** One for each entry of the index. */
  readonly marks: readonly Mark[];
  readonly namespace: string;
  readonly events: BatchEvents;
}

/** Reads a message whole: its index, its marks, its payload. */
export function readBatch(message: DeliveredMessage): ReadBatch | Extract<StageOutcome, { kind: 'retry' }> {
  const opened = openBatch(message);
  if (opened.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${opened.problem}` };
  const { batch } = opened;
  const marks = decodeMarks(message.attributes['marks'], batch.index.entries.length);
  if (marks === undefined) return { kind: 'retry', reason: 'unreadable: marks' };
  const { namespace } = message.attributes;
  if (namespace === undefined) return { kind: 'retry', reason: 'unreadable: namespace' };
  const events = openEvents(opened);
  if (events.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${events.problem}` };
  return { kind: 'read', message, line: lineOf(message.subscription), batch, marks, namespace, events };
}

/** `missing`: the registry says that there is none; `unavailable`: it does not answer; `duplicate`: none is needed. */
export type FoundRevision = EventType | 'missing' | 'unavailable' | 'duplicate';

/**
 * By entry, the revision that its event was accepted with, or a newer one: an older one would not know a property's
 * treatment. What is not known here is asked for once for the whole batch.
 */
export async function findRevisions(eventTypes: EventTypes, read: ReadBatch): Promise<FoundRevision[]> {
  eventTypes.refreshIfStale();
  const known = usableRevisions(eventTypes, read);
  if (!known.includes('missing')) return known;
  const registry = await eventTypes.refreshNow();
  return usableRevisions(eventTypes, read).map((found) =>
    found === 'missing' && registry === 'unavailable' ? 'unavailable' : found,
  );
}

function usableRevisions(eventTypes: EventTypes, { batch, marks }: ReadBatch): FoundRevision[] {
  const revisions: FoundRevision[] = [];
  for (const { type, revision } of batch.index.entries) {
    if (marks[revisions.length]?.forward === false) {
      revisions.push('duplicate');
      continue;
    }
    const eventType = eventTypes.get(type);
    revisions.push(eventType !== undefined && eventType.revision >= revision ? eventType : 'missing');
  }
  return revisions;
}
