import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';

const dayMicros = 86_400_000_000;
/** The first microsecond of the year 1, where a table's timestamps start. */
const firstTableMicros = -62_135_596_800_000_000;

/**
 * When it happened by the server's clock. A client's clock may claim anything, and so may one that tells seconds where
 * milliseconds are read: what comes out more than a day after receipt, or before the year 1, is not used.
 */
export function correctedTime(entry: BatchIndexEntry, segment: BatchSegment): number | undefined {
  if (segment.sentAtMillis === undefined) return undefined;
  const receivedMicros = segment.receivedAtMillis * 1_000;
  const micros = entry.timeMicros + receivedMicros - segment.sentAtMillis * 1_000;
  return micros >= firstTableMicros && micros <= receivedMicros + dayMicros ? micros : undefined;
}
