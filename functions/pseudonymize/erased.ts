import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';
import { ownTime } from '../../shared/event/corrected-time.ts';
import type { Tombstone } from '../../shared/ports/subject-key-records.ts';

/** When an event came in and when it happened, which decides whether an erasure covers it. */
export interface EventMoment {
  readonly receivedAtMillis: number;
  /** Its own time, corrected where its client told its clock. */
  readonly ownMicros: number;
}

/** `received`: before the cutoff; `own-time`: after it, but it happened before the erasure by its own time alone. */
export type ErasedBy = 'received' | 'own-time';

export function momentOf(entry: BatchIndexEntry, segment: BatchSegment): EventMoment {
  return { receivedAtMillis: segment.receivedAtMillis, ownMicros: ownTime(entry.timeMicros, segment) };
}

/** How the erasures of a subject cover an event; undefined: they do not, it came and happened later. */
export function erasedBy(tombstone: Tombstone, { receivedAtMillis, ownMicros }: EventMoment): ErasedBy | undefined {
  if (receivedAtMillis < tombstone.cutoffMillis) return 'received';
  return ownMicros < tombstone.erasedAtMillis * 1_000 ? 'own-time' : undefined;
}
