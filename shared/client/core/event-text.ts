import type {
  BatchLimits,
  ClientClock,
  ClientRandom,
  Draft,
  Loss,
  LossReason,
  Priority,
  StoredEvent,
} from './ports.ts';

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** A UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then random bits. */
export function newId(clock: ClientClock, random: ClientRandom): string {
  const bytes = random.bytes(16);
  const millis = Math.max(0, Math.floor(clock.nowMillis())).toString(16).padStart(12, '0').slice(-12);
  let hex = millis;
  for (let at = 6; at < 16; at++) {
    let byte = bytes[at] ?? 0;
    if (at === 6) byte = (byte & 0x0f) | 0x70;
    if (at === 8) byte = (byte & 0x3f) | 0x80;
    hex += (byte + 256).toString(16).slice(1);
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export interface DraftOptions {
  readonly type: string;
  readonly data: unknown;
  readonly subject: string | undefined;
  readonly token: string | undefined;
  readonly priority: Priority;
  readonly oneSubject: boolean;
}

/**
 * An event, with its identity and its data as they are now: what is changed in `data` later changes nothing. Undefined
 * where the data is no JSON.
 */
export function makeDraft(options: DraftOptions, clock: ClientClock, random: ClientRandom): Draft | undefined {
  const { type, data, subject, priority } = options;
  if (typeof data !== 'object' || data === null) return undefined;
  const id = newId(clock, random);
  const atMillis = clock.nowMillis();
  try {
    const time = new Date(atMillis).toISOString();
    const json = JSON.stringify({ specversion: '1.0', id, type, time, subject, data });
    const text = json.slice(0, -1);
    return { id, type, text, priority, atMillis, ...groupOf(options) };
  } catch {
    return undefined;
  }
}

/** Events of one data subject, and token, share batches; without tokens, only where that is asked for. */
export function groupOf({
  subject,
  token,
  oneSubject,
}: Pick<DraftOptions, 'subject' | 'token' | 'oneSubject'>): Pick<Draft, 'group' | 'token'> {
  if (token === undefined) return { group: oneSubject ? (subject ?? '') : '' };
  return { group: `${subject ?? ''}\n${token}`, token };
}

/** The event as it is sent, for good. */
export function finishDraft(draft: Draft, n: number, stamp?: { source: string; sequence?: number }): StoredEvent {
  const { id, type, priority, atMillis, group, token } = draft;
  let { text } = draft;
  if (draft.whole !== true) {
    const sequence = stamp?.sequence === undefined ? '' : `,"sequence":${stamp.sequence}`;
    text += `,"source":${JSON.stringify(stamp?.source ?? '')}${sequence}}`;
  }
  const bytes = utf8Bytes(text);
  return { n, id, type, text, bytes, priority, atMillis, group, ...(token === undefined ? {} : { token }) };
}

/** The body of a batch: the same at every sending. */
export function bodyOf(events: readonly StoredEvent[]): string {
  return `[${events.map(({ text }) => text).join(',')}]`;
}

/** As many events from the front as a request may hold; one at least. */
export function fitting(events: Iterable<StoredEvent>, { maxBatchEvents, maxBatchBytes }: BatchLimits): StoredEvent[] {
  const chosen: StoredEvent[] = [];
  let bytes = 2;
  for (const event of events) {
    bytes += event.bytes + 1;
    if (chosen.length > 0 && (bytes > maxBatchBytes || chosen.length >= maxBatchEvents)) break;
    chosen.push(event);
  }
  return chosen;
}

/** What the event that reports them can hold (`schemas/edi/events-dropped.v1.json`). */
const maxLossTypeLength = 256;

/** Counts events by their type, under one reason. The type is whatever the caller gave. */
export function lossesOf(events: readonly { readonly type: unknown }[], reason: LossReason): Loss[] {
  const counts = new Map<string, number>();
  for (const { type } of events) {
    const name = String(type).slice(0, maxLossTypeLength);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ type, reason, count }));
}
