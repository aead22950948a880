import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { type BatchIdentities, type BatchIndexEntry, decodeBatchIdentities } from '../../shared/batch/batch-index.ts';
import { encodeBatchIndex } from '../../shared/batch/encode-batch-index.ts';
import { decodeMarks, encodeMarks, type Mark } from '../../shared/batch/marks.ts';
import { sealBatch } from '../../shared/batch/sealed-batch.ts';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { DeliveredMessage, Message } from '../../shared/ports/publisher.ts';
import type { ProvenSubject } from '../../shared/ports/quarantine.ts';

/** Of the SDK `web` in `testSdks`. */
export const testNamespace = 'people';

export const startMillis = Date.UTC(2026, 0, 1);

/** A UUIDv7 of that time; equal arguments give equal seals. */
export function sealAt(millis: number, seed: number): string {
  return newUuidV7(createManualClock(millis), createSeededRandom(seed));
}

export interface TestEvent {
  readonly id: string;
  readonly source?: string;
  /** Default: `startMillis`. */
  readonly timeMillis?: number;
  readonly type?: string;
  readonly revision?: number;
  readonly subject?: string;
  readonly sequence?: JsonValue;
  readonly data?: JsonValue;
  /** Instead of `data`. */
  readonly data_base64?: string;
  /** The event's JSON as its client wrote it, instead of one that is made of the above. */
  readonly text?: string;
}

export interface TestBatch {
  readonly seal: string;
  readonly sdk?: string;
  /** Of ingest; left out where that tells none. */
  readonly region?: string;
  readonly receivedAtMillis?: number;
  readonly sentAtMillis?: number;
  readonly replayed?: true;
  /** By the requests of all segments. */
  readonly provenSubjects?: readonly ProvenSubject[];
  /** One list for each segment. */
  readonly segments: readonly (readonly TestEvent[])[];
  /** Left out where dedup has not seen the batch. */
  readonly marks?: readonly Mark[];
}

/** The message that ingest would publish, or with `marks` the one that dedup would. */
export function sealedMessage(batch: TestBatch): Message {
  const { seal, sdk = 'web', region, replayed, receivedAtMillis = startMillis, sentAtMillis, segments, marks } = batch;
  const { provenSubjects } = batch;
  const texts = segments.map((events) =>
    Buffer.from(`[${events.map((event) => event.text ?? JSON.stringify(eventJson(event))).join(',')}]`),
  );
  const message = sealBatch({
    seal,
    sdk,
    ...(region === undefined ? {} : { region }),
    ...(replayed ? { replayed } : {}),
    index: {
      segments: texts.map(({ length }) => ({
        lengthBytes: length,
        receivedAtMillis,
        ...(sentAtMillis === undefined ? {} : { sentAtMillis }),
        ...(provenSubjects === undefined ? {} : { provenSubjects }),
      })),
      entries: segments.flatMap((events, segment) => events.map((event) => ({ segment, ...indexEntry(event) }))),
    },
    segments: texts,
  });
  if (marks === undefined) return message;
  return {
    data: message.data,
    attributes: { ...message.attributes, marks: encodeMarks(marks), namespace: testNamespace },
  };
}

function indexEntry(event: TestEvent): Omit<BatchIndexEntry, 'segment'> {
  const { id, source = 'installation-1', timeMillis = startMillis, type = 'shop.order.v1', revision = 1 } = event;
  return { id, source, timeMicros: timeMillis * 1_000, type, revision };
}

function eventJson(event: TestEvent): JsonObject {
  const { id, source, timeMicros, type } = indexEntry(event);
  const time = new Date(timeMicros / 1_000).toISOString();
  const subject = event.subject === undefined ? {} : { subject: event.subject };
  const data = event.data_base64 === undefined ? { data: event.data ?? {} } : { data_base64: event.data_base64 };
  const sequence = event.sequence === undefined ? {} : { sequence: event.sequence };
  return { specversion: '1.0', id, source, type, time, ...subject, ...sequence, ...data };
}

/** What dedup reads of a batch of these. */
export function identitiesOf(
  events: readonly Pick<BatchIndexEntry, 'source' | 'id' | 'timeMicros'>[],
): BatchIdentities {
  const entries = events.map(({ source, id, timeMicros }) => {
    return { segment: 0, source, id, timeMicros, type: 'shop.order.v1', revision: 1 };
  });
  const index = { segments: [{ lengthBytes: 0, receivedAtMillis: startMillis }], entries };
  const identities = decodeBatchIdentities(encodeBatchIndex(index).bytes);
  if (identities === undefined) throw new Error('an index cannot be read');
  return identities;
}

/** As a push subscription would deliver it. */
export function delivered(message: Message, deliveryAttempt?: number): DeliveredMessage {
  const attempt = deliveryAttempt === undefined ? {} : { deliveryAttempt };
  return { ...message, messageId: '1', publishTimeMillis: 0, subscription: 'subscription', ...attempt };
}

/** The marks of a message that dedup published. */
export function marksOf(message: Message | undefined): Mark[] {
  const marks = decodeMarks(message?.attributes['marks'], Number(message?.attributes['count']));
  if (marks === undefined) throw new Error('the message has no marks');
  return marks;
}

export const forwarded: Mark = { forward: true, possibleDuplicate: false, beyondLookBack: false };
export const duplicate: Mark = { forward: false, possibleDuplicate: false, beyondLookBack: false };
export const possibleDuplicate: Mark = { forward: true, possibleDuplicate: true, beyondLookBack: false };
