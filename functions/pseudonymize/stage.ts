import type { KeyObject } from 'node:crypto';
import { type BatchEvents, openEvents } from '../../shared/batch/batch-events.ts';
import type { BatchIndexEntry } from '../../shared/batch/batch-index.ts';
import { decodeMarks, type Mark } from '../../shared/batch/marks.ts';
import { openBatch, type SealedBatch } from '../../shared/batch/sealed-batch.ts';
import { alphaRow, sinkOf } from '../../shared/event-types/alpha.ts';
import type { EventType, EventTypes } from '../../shared/event-types/event-types.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account, type Counters, type Settled } from '../../shared/outcome/account.ts';
import { type Rejected, rejected } from '../../shared/outcome/outcome.ts';
import type { DeliveredMessage, Message, Publisher } from '../../shared/ports/publisher.ts';
import type { Quarantine, QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { quarantinedEvent } from '../../shared/quarantine/quarantined-event.ts';
import type { PseudonymizeConfig } from './config.ts';
import { type OpenRow, openRow } from './row.ts';
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

/** What becomes of an event of a batch; `duplicate`: dedup found it out, and has counted it. */
type EventOutcome = 'duplicate' | OpenRow | Rejected;

/**
 * Pseudonymize: turns the events that dedup forwards into rows without personal data in the clear, and publishes each
 * to the topic of its type. All keys of the batch are obtained before anything is published, so that a missing key
 * store holds the batch back whole; a single event that can never become a row goes to quarantine instead.
 */
export function makePseudonymizeStage(ports: PseudonymizePorts, config: PseudonymizeConfig): Stage {
  const { subjectKeys, observer } = ports;
  const counters = countersOf(observer);
  return async (message) => {
    const read = readBatch(message);
    if (read.kind === 'retry') return read;
    const revisions = await findRevisions(ports.eventTypes, read);
    if (revisions === 'unavailable') return { kind: 'retry', reason: 'registry-unavailable' };
    if (revisions.includes('missing') && (message.deliveryAttempt ?? 1) < config.setAsideAfterAttempts) {
      return { kind: 'retry', reason: 'schema-revision-missing' };
    }
    const { entries } = read.batch.index;
    const outcomes = entries.map((_, at) => outcomeOf(read, at, revisions[at], ports));
    const accounts = account(entries, outcomes, counters);
    const rows = accounts.of('row').map(({ outcome }) => outcome);
    const values = rows.flatMap((row) => row.personalValues);
    const ciphers = await subjectKeys.obtain(values.map((value) => value.subject));
    for (const { subject, plaintext, settle } of values) {
      settle(plaintext === undefined ? '' : ciphers.of(subject).encrypt(plaintext));
    }
    const unfit = accounts.of('rejected');
    if (unfit.length > 0) await ports.quarantine.keep(unfit.map((settled) => setAside(read, settled)));
    await publishRows(ports, rows);
    accounts.count();
    return { kind: 'done' };
  };
}

interface ReadBatch {
  readonly kind: 'read';
  readonly batch: SealedBatch;
  readonly marks: readonly Mark[];
  readonly namespace: string;
  readonly events: BatchEvents;
}

function readBatch(message: DeliveredMessage): ReadBatch | Extract<StageOutcome, { kind: 'retry' }> {
  const opened = openBatch(message);
  if (opened.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${opened.problem}` };
  const { batch } = opened;
  const marks = decodeMarks(message.attributes['marks'], batch.index.entries.length);
  if (marks === undefined) return { kind: 'retry', reason: 'unreadable: marks' };
  const { namespace } = message.attributes;
  if (namespace === undefined) return { kind: 'retry', reason: 'unreadable: namespace' };
  const events = openEvents(batch);
  if (events.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${events.problem}` };
  return { kind: 'read', batch, marks, namespace, events };
}

/** By entry; undefined for a duplicate, which needs none. */
async function findRevisions(
  eventTypes: EventTypes,
  { batch, marks }: ReadBatch,
): Promise<(EventType | 'missing' | undefined)[] | 'unavailable'> {
  const revisions: (EventType | 'missing' | undefined)[] = [];
  for (const [at, entry] of batch.index.entries.entries()) {
    const found = marks[at]?.forward ? await findRevision(eventTypes, entry) : undefined;
    if (found === 'unavailable') return found;
    revisions.push(found);
  }
  return revisions;
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

/** Undefined when batch and revisions do not fit together, which the account of the batch does not let pass. */
function outcomeOf(
  { batch, marks, namespace, events }: ReadBatch,
  at: number,
  eventType: EventType | 'missing' | undefined,
  { identityKey, observer }: PseudonymizePorts,
): EventOutcome | undefined {
  const [entry, mark, event] = [batch.index.entries[at], marks[at], events.events[at]];
  const segment = batch.index.segments[entry?.segment ?? -1];
  if (mark?.forward === false) return 'duplicate';
  if (eventType === 'missing') return rejected('revision');
  if (!entry || !mark || !segment || !eventType || event === undefined) return undefined;
  const opened = openRow({ entry, mark, segment, sdk: batch.sdk, namespace, eventType, event }, identityKey);
  if (opened.kind === 'row') return opened;
  if (opened.bug !== undefined) tellBug(observer, eventType, opened.bug);
  return rejected('mapping');
}

function tellBug(observer: Observer, { edi, revision }: EventType, bug: unknown): void {
  const fields = { type: edi.type, revision, ...describeError(bug) };
  observer.log('ERROR', 'a bug: an event could not be made into a row', fields);
  observer.count('event-bugs');
}

function countersOf(observer: Observer): Counters<EventOutcome> {
  return {
    duplicate: () => {},
    row(rows) {
      observer.count('delivered', rows.length);
      const undeclared = sum(rows, (row) => row.undeclaredCount);
      observer.count('undeclared-properties', undeclared);
      const unowned = sum(rows, (row) => row.unownedCount);
      observer.count('dropped-personal-values', unowned);
    },
    rejected: (unfit) => observer.count('quarantined', unfit.length),
  };
}

function setAside(
  { batch, events }: ReadBatch,
  { at, entry, outcome }: Settled<BatchIndexEntry, Rejected>,
): QuarantinedEvent {
  const { seal, sdk, index } = batch;
  const segment = index.segments[entry.segment];
  if (segment === undefined) throw new Error(`the batch has no segment ${entry.segment}`);
  const { receivedAtMillis, sentAtMillis } = segment;
  const { type } = entry;
  return quarantinedEvent({
    outcome,
    stage: 'pseudonymize',
    seal,
    at,
    receivedAtMillis,
    sentAtMillis,
    sdk,
    type,
    identity: entry,
    text: events.textOf(at),
  });
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
