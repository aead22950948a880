import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';
import { sealBatch } from '../../shared/batch/sealed-batch.ts';
import { checkedEntry } from '../../shared/event-types/check-event.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import type { ReplayConfig } from './config.ts';
import type { AcceptedEvent, WholeMessageAccepted } from './decide.ts';

type SealLimits = Pick<ReplayConfig, 'maxSealBytes' | 'maxSealEvents'>;

/** One message for the records of a seal and an SDK; several where they hold more than a message does. */
export function messagesOf(accepted: readonly AcceptedEvent[], limits: SealLimits): Message[] {
  const bySeal = Map.groupBy(accepted, ({ record, checked }) => `${record.seal} ${checked.sdk}`);
  return [...bySeal.values()].flatMap((group) => fill(group, limits).map(sealAgain));
}

/** What a sealed batch has of itself; what a stage added to it is that stage's to add again. */
const ownAttributes = ['seal', 'sdk', 'count', 'encoding', 'format'];

/** The message as ingest sealed it, marked as a replay. */
export function wholeAgain({ message: { data, attributes } }: WholeMessageAccepted): Message {
  const own = Object.entries(attributes).filter(([name]) => ownAttributes.includes(name));
  return { data, attributes: { ...Object.fromEntries(own), replayed: 'true' } };
}

/** Parts that fit; a single event always does (`checkReplayConfig`). */
function fill(events: readonly AcceptedEvent[], { maxSealBytes, maxSealEvents }: SealLimits): AcceptedEvent[][] {
  const parts: AcceptedEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    // Each may need a segment of its own, with its brackets.
    const eventBytes = Buffer.byteLength(event.text) + 2;
    const part = parts.at(-1);
    if (part === undefined || part.length >= maxSealEvents || bytes + eventBytes > maxSealBytes) {
      parts.push([event]);
      bytes = eventBytes;
    } else {
      part.push(event);
      bytes += eventBytes;
    }
  }
  return parts;
}

/** With seal, SDK and times as they were, and marked, so that its claims never count against what came directly. */
function sealAgain(events: readonly AcceptedEvent[]): Message {
  const [first] = events;
  if (first === undefined) throw new Error('a message holds at least one event');
  const segments: { readonly segment: BatchSegment; readonly bytes: Uint8Array }[] = [];
  const entries: BatchIndexEntry[] = [];
  const sameRequest = ({ record, provenSubjects }: AcceptedEvent) =>
    JSON.stringify([record.receivedAtMillis, record.sentAtMillis ?? null, provenSubjects]);
  for (const group of Map.groupBy(events, sameRequest).values()) {
    const bytes = Buffer.from(`[${group.map(({ text }) => text).join(',')}]`);
    const segment = segments.push({ segment: segmentOf(group, bytes), bytes }) - 1;
    for (const { checked } of group) entries.push(checkedEntry(checked, segment));
  }
  return sealBatch({
    seal: first.record.seal,
    sdk: first.checked.sdk,
    replayed: true,
    index: { segments: segments.map(({ segment }) => segment), entries },
    segments: segments.map(({ bytes }) => bytes),
  });
}

/** The times and the proof of a group are those of each in it. */
function segmentOf([first]: readonly AcceptedEvent[], { length: lengthBytes }: Uint8Array): BatchSegment {
  if (first === undefined) throw new Error('a segment holds at least one event');
  const { receivedAtMillis, sentAtMillis } = first.record;
  const { provenSubjects } = first;
  return {
    ...{ lengthBytes, receivedAtMillis },
    ...(sentAtMillis === undefined ? {} : { sentAtMillis }),
    ...(provenSubjects.length === 0 ? {} : { provenSubjects }),
  };
}
