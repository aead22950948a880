import { type JsonValue, parseJson } from '../event/json.ts';
import { rawElements } from '../event/raw-elements.ts';
import { type SealedBatch, segmentsOf, type Unreadable, type WholeBatch } from './sealed-batch.ts';

/** The events of a batch, one for each entry of its index. */
export interface BatchEvents {
  readonly kind: 'events';
  readonly events: readonly JsonValue[];
  /**
   * An event's JSON exactly as its client wrote it, by its entry's position. The payload is opened again and cut when first asked,
   * which costs a walk over it: most batches are never asked, and keep nothing for it.
   */
  textOf(at: number): string;
}

/** Parses the payload. A segment with more or fewer events than the index has entries for it is unreadable. */
export function openEvents({ batch, segments }: Pick<WholeBatch, 'batch' | 'segments'>): BatchEvents | Unreadable {
  const { entries } = batch.index;
  const parsed: JsonValue[][] = [];
  const next: number[] = [];
  for (const segment of segments) {
    const value = parseJson(segment);
    if (value === undefined) return { kind: 'unreadable', problem: 'a segment is not JSON' };
    parsed.push(Array.isArray(value) ? value : [value]);
    next.push(0);
  }
  const events: JsonValue[] = [];
  const positions: number[] = [];
  for (const { segment } of entries) {
    const position = next[segment] ?? 0;
    const event = parsed[segment]?.[position];
    if (event === undefined) break;
    next[segment] = position + 1;
    positions.push(position);
    events.push(event);
  }
  let count = 0;
  for (const segment of parsed) count += segment.length;
  // Each segment as well: none gives more events than it has.
  if (events.length !== entries.length || count !== events.length) {
    return { kind: 'unreadable', problem: 'index and payload differ' };
  }
  let cut: readonly (readonly string[])[] | undefined;
  return {
    kind: 'events',
    events,
    textOf(at) {
      cut ??= cutSegments(batch);
      const text = cut[entries[at]?.segment ?? -1]?.[positions[at] ?? -1];
      if (text === undefined) throw new Error(`the batch has no text for entry ${at} of ${entries.length}`);
      return text;
    },
  };
}

function cutSegments(batch: SealedBatch): string[][] {
  return segmentsOf(batch).map((segment) => {
    const text = segment.trim();
    return text.startsWith('[') ? rawElements(text) : [text];
  });
}
