import { type JsonValue, parseJson } from '../event/json.ts';
import { rawElements } from '../event/raw-elements.ts';
import { openPayload, type SealedBatch, type Unreadable } from './sealed-batch.ts';

/** The events of a batch, one for each entry of its index. */
export interface BatchEvents {
  readonly kind: 'events';
  readonly events: readonly JsonValue[];
  /**
   * An event's JSON exactly as its client wrote it, by its entry's position. Its segment is cut when first asked, which
   * costs a walk over it: most batches are never asked.
   */
  textOf(at: number): string;
}

/** Reads the payload. A segment with more or fewer events than the index has entries for it is unreadable. */
export function openEvents(batch: SealedBatch): BatchEvents | Unreadable {
  const payload = openPayload(batch);
  if (payload.kind === 'unreadable') return payload;
  const { entries } = batch.index;
  const parsed: JsonValue[][] = [];
  const next: number[] = [];
  for (const segment of payload.segments) {
    const value = parseJson(segmentText(segment));
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
  const cut = new Map<number, readonly string[]>();
  return {
    kind: 'events',
    events,
    textOf(at) {
      const segment = entries[at]?.segment ?? -1;
      const texts = cut.get(segment) ?? cutSegment(payload.segments[segment]);
      cut.set(segment, texts);
      const text = texts[positions[at] ?? -1];
      if (text === undefined) throw new Error(`the batch has no text for entry ${at} of ${entries.length}`);
      return text;
    },
  };
}

function segmentText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function cutSegment(bytes: Uint8Array = new Uint8Array(0)): readonly string[] {
  const text = segmentText(bytes).trim();
  return text.startsWith('[') ? rawElements(text) : [text];
}
