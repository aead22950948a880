import type { BatchLimits, Draft, Loss, LossReason, StoredEvent } from './ports.ts';

/** What the event that reports them can hold (`schemas/edi/events-dropped.v1.json`). */
const maxLossTypeLength = 256;
const encoder = new TextEncoder();

/** Random ones of an id. */
export const idBytes = 9;

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** A UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then `idBytes` random bytes. */
export function idOf(nowMillis: number, bytes: Uint8Array): string {
  let digits = hex(Math.max(0, nowMillis), 48);
  for (const byte of bytes) digits += hex(byte, 8);
  // The version's 7; the variant's 8, whose two lower bits may be anything, and are 0.
  return digits.replace(/(.{8})(.{4})(.{3})(.{3})/, '$1-$2-7$3-8$4-');
}

/** As many digits as so many bits have. */
function hex(value: number, bits: number): string {
  return (2 ** bits + value).toString(16).slice(1);
}

/** What an event has from the place where it is kept. */
interface Stamp {
  readonly source: string;
  readonly sequence?: number;
}

/** The event as it is sent, for good. */
export function finishDraft(draft: Draft, n: number, stamp?: Stamp): StoredEvent {
  const text = draft.whole ? draft.text : `${draft.text},${JSON.stringify(stamp).slice(1)}`;
  return { ...draft, n, text, bytes: utf8Bytes(text) };
}

/** The body of a batch: the same at every sending. */
export function bodyOf(events: readonly StoredEvent[]): string {
  return `[${events.map(({ text }) => text)}]`;
}

/** As many events from the front as a request may hold; one at least. */
export function fitting(events: Iterable<StoredEvent>, { maxRequestEvents, maxBodyBytes }: BatchLimits): StoredEvent[] {
  const chosen: StoredEvent[] = [];
  let bytes = 2;
  for (const event of events) {
    bytes += event.bytes + 1;
    if (chosen.length > 0 && (bytes > maxBodyBytes || chosen.length >= maxRequestEvents)) break;
    chosen.push(event);
  }
  return chosen;
}

/** Counts events by their type, under one reason. The type is whatever the caller gave. */
export function lossesOf(events: readonly { readonly type: unknown }[], reason: LossReason): Loss[] {
  const nameOf = (type: unknown) => (typeof type === 'string' ? type.slice(0, maxLossTypeLength) : typeof type);
  return sumOf(events.map(({ type }) => ({ type: nameOf(type), reason, count: 1 })));
}

/** One count of each type and reason. What is below 0 takes away. */
export function sumOf(losses: readonly Loss[]): Loss[] {
  const sums = new Map<string, Loss>();
  for (const loss of losses) {
    const key = loss.reason + loss.type;
    sums.set(key, { ...loss, count: loss.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()].filter(({ count }) => count > 0);
}
