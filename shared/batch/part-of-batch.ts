import type { Message } from '../ports/publisher.ts';
import type { BatchEvents } from './batch-events.ts';
import type { BatchSegment } from './batch-index.ts';
import { type SealedBatch, sealBatch } from './sealed-batch.ts';

/**
 * Seals some events of a batch as a batch of their own, under its seal, so that their claims stay theirs: the clients'
 * own bytes, in the segments that they came in, whose times they keep. `positions` are of entries of the index, ascending.
 */
export function sealPart(batch: SealedBatch, events: BatchEvents, positions: readonly number[]): Message {
  const { seal, sdk, region, replayed, index } = batch;
  const bySegment = Map.groupBy(positions, (at) => index.entries[at]?.segment ?? -1);
  const parts = [...bySegment].map(([segment, ofSegment]) => {
    const bytes = Buffer.from(`[${ofSegment.map((at) => events.textOf(at)).join(',')}]`);
    return { segment: timesOf(index.segments[segment], bytes), bytes, positions: ofSegment };
  });
  const entries = parts.flatMap((part, segment) =>
    part.positions.flatMap((at) => {
      const entry = index.entries[at];
      return entry === undefined ? [] : [{ ...entry, segment }];
    }),
  );
  return sealBatch({
    seal,
    sdk,
    ...(region === undefined ? {} : { region }),
    ...(replayed ? { replayed } : {}),
    index: { segments: parts.map(({ segment }) => segment), entries },
    segments: parts.map(({ bytes }) => bytes),
  });
}

function timesOf(segment: BatchSegment | undefined, { length: lengthBytes }: Uint8Array): BatchSegment {
  if (segment === undefined) throw new Error('an entry of the batch names a segment that it does not have');
  return { ...segment, lengthBytes };
}
