import type { KeyObject } from 'node:crypto';
import { decodeMarks } from '../../shared/batch/marks.ts';
import { openBatch, openPayload, type SealedBatch } from '../../shared/batch/sealed-batch.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import { alphaRow, sinkOf } from '../../shared/event-types/alpha.ts';
import type { EventType, EventTypes } from '../../shared/event-types/event-types.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { RejectReason } from '../../shared/outcome/outcome.ts';
import type { DeliveredMessage, Message, Publisher } from '../../shared/ports/publisher.ts';
import type { Quarantine, QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import type { PseudonymizeConfig } from './config.ts';
import { type EventToDeliver, type OpenRow, openRow } from './row.ts';
import type { SubjectKeys } from './subject-keys.ts';

export interface PseudonymizePorts {
  readonly eventTypes: EventTypes;
  readonly subjectKeys: SubjectKeys;
  readonly publisher: Publisher;
  /** Topic of an event type, or of `alphaSink`. */
  readonly topicOf: (sink: string) => string;
  readonly quarantine: Quarantine;
  readonly observer: Observer;
  /** Secret key of `event_key`; never rotates. */
  readonly identityKey: KeyObject;
}

type Stage = (message: DeliveredMessage) => Promise<StageOutcome>;

/**
 * Pseudonymize: turns the events that dedup forwards into rows without personal data in the clear, and publishes each
 * to the topic of its type. All keys of the batch are obtained before anything is published, so that a missing key
 * store holds the batch back whole; a single event that can never become a row goes to quarantine instead.
 */
export function makePseudonymizeStage(ports: PseudonymizePorts, config: PseudonymizeConfig): Stage {
  const { subjectKeys, observer } = ports;
  return async (message) => {
    const opened = openBatch(message);
    if (opened.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${opened.problem}` };
    const read = await readDeliveries(message, opened.batch, ports);
    if (read.kind === 'retry') return read;
    if (read.unknown.length > 0 && (message.deliveryAttempt ?? 1) < config.setAsideAfterAttempts) {
      return { kind: 'retry', reason: 'schema-revision-missing' };
    }
    const rows: OpenRow[] = [];
    const refused = read.unknown.map((event) => quarantineRecord(opened.batch.seal, event, 'revision'));
    for (const delivery of read.deliveries) {
      const row = openRow(delivery, ports.identityKey);
      if (row.kind === 'row') rows.push(row);
      else refused.push(quarantineRecord(opened.batch.seal, delivery, 'mapping'));
      if (row.kind === 'mismatch' && row.bug !== undefined) tellBug(observer, delivery, row.bug);
    }
    const values = rows.flatMap((row) => row.personalValues);
    const ciphers = await subjectKeys.obtain(values.map((value) => value.subject));
    for (const { subject, plaintext, settle } of values) {
      settle(plaintext === undefined ? '' : ciphers.of(subject).encrypt(plaintext));
    }
    if (refused.length > 0) await ports.quarantine.keep(refused);
    await publishRows(ports, rows);
    observer.count('delivered', rows.length);
    observer.count('quarantined', refused.length);
    observer.count(
      'undeclared-properties',
      sum(rows, (row) => row.undeclaredCount),
    );
    observer.count(
      'dropped-personal-values',
      sum(rows, (row) => row.unownedCount),
    );
    return { kind: 'done' };
  };
}

function tellBug(observer: Observer, { eventType }: EventToDeliver, bug: unknown): void {
  const { edi, revision } = eventType;
  const fields = { type: edi.type, revision, ...describeError(bug) };
  observer.log('ERROR', 'a bug: an event could not be made into a row', fields);
  observer.count('event-bugs');
}

type Undeliverable = Omit<EventToDeliver, 'eventType'>;

interface Deliveries {
  readonly kind: 'deliveries';
  readonly deliveries: readonly EventToDeliver[];
  /** Events whose schema revision this instance cannot have yet. */
  readonly unknown: readonly Undeliverable[];
}

async function readDeliveries(
  message: DeliveredMessage,
  batch: SealedBatch,
  { eventTypes }: PseudonymizePorts,
): Promise<Deliveries | Extract<StageOutcome, { kind: 'retry' }>> {
  const { entries, segments } = batch.index;
  const marks = decodeMarks(message.attributes['marks'], entries.length);
  const payload = openPayload(batch);
  if (marks === undefined) return { kind: 'retry', reason: 'unreadable: marks' };
  if (payload.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${payload.problem}` };
  const events = payload.segments.map(parseSegment);
  const deliveries: EventToDeliver[] = [];
  const unknown: Undeliverable[] = [];
  const nextInSegment = segments.map(() => 0);
  for (const [at, entry] of entries.entries()) {
    const position = nextInSegment[entry.segment] ?? 0;
    nextInSegment[entry.segment] = position + 1;
    const [mark, segment, event] = [marks[at], segments[entry.segment], events[entry.segment]?.[position]];
    if (mark === undefined || segment === undefined || event === undefined) {
      return { kind: 'retry', reason: 'unreadable: index and payload differ' };
    }
    if (!mark.forward) continue;
    const delivery = { entry, mark, segment, sdk: batch.sdk, event };
    const eventType = await findRevision(eventTypes, entry);
    if (eventType === 'unavailable') return { kind: 'retry', reason: 'registry-unavailable' };
    if (eventType === 'missing') unknown.push(delivery);
    else deliveries.push({ ...delivery, eventType });
  }
  return { kind: 'deliveries', deliveries, unknown };
}

function parseSegment(bytes: Uint8Array): JsonValue[] {
  const value: JsonValue = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  return Array.isArray(value) ? value : [value];
}

/**
 * The revision that the event was accepted with, or a newer one: an older one would not know a property's treatment.
 * `missing` is the registry's own answer, which may set the event aside; an outage of the registry never may.
 */
async function findRevision(
  eventTypes: EventTypes,
  entry: { readonly type: string; readonly revision: number },
): Promise<EventType | 'missing' | 'unavailable'> {
  eventTypes.refreshIfStale();
  const usable = () => {
    const eventType = eventTypes.get(entry.type);
    return eventType !== undefined && eventType.revision >= entry.revision ? eventType : undefined;
  };
  const known = usable();
  if (known !== undefined) return known;
  const registry = await eventTypes.refreshNow();
  return usable() ?? (registry === 'unavailable' ? 'unavailable' : 'missing');
}

async function publishRows({ publisher, topicOf }: PseudonymizePorts, rows: readonly OpenRow[]): Promise<void> {
  const bySink = Map.groupBy(rows, ({ eventType }) => sinkOf(eventType.edi));
  await Promise.all(
    [...bySink].map(([sink, ofSink]) =>
      publisher.publish(
        topicOf(sink),
        ofSink.map((row) => rowMessage(row)),
      ),
    ),
  );
}

/** One event a message, as a BigQuery subscription with `use_table_schema` writes it. */
function rowMessage({ eventType, eventKey, row }: OpenRow): Message {
  const { type, stage } = eventType.edi;
  const written = stage === 'alpha' ? alphaRow(type, eventType.payload, row) : row;
  return { data: Buffer.from(JSON.stringify(written)), attributes: { type, event_key: eventKey } };
}

function quarantineRecord(
  seal: string,
  { entry, segment, sdk, event }: Undeliverable,
  reason: RejectReason,
): QuarantinedEvent {
  return {
    seal,
    sdk,
    receivedAtMillis: segment.receivedAtMillis,
    reason,
    errors: [{ path: '', keyword: reason }],
    type: entry.type,
    stage: 'pseudonymize',
    payload: Buffer.from(JSON.stringify(event)),
  };
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
