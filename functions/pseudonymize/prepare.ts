import { readEnvelope } from '../../shared/event/envelope.ts';
import type { EventKeys } from '../../shared/event/event-key.ts';
import { formatMicros } from '../../shared/event/time.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { TokenOf } from '../../shared/event-types/tokens.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { type Rejected, rejected } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import { makeSubjectCheck, provenBy } from '../../shared/subject-tokens/subject-check.ts';
import { type Closing, closeRow } from './close-row.ts';
import type { PreparedEvent, Unfit, Waits } from './deliver.ts';
import type { FoundRevision, ReadBatch } from './read-batch.ts';
import { isPastRetention } from './retention.ts';
import {
  alikeColumns,
  columnsOf,
  type EventToDeliver,
  type OpenRow,
  openRow,
  type RowMaking,
  type WrittenColumns,
} from './row.ts';
import type { SeenMonths } from './seen-months.ts';
import type { SeenSources } from './seen-sources.ts';
import type { SubjectKeys } from './subject-keys.ts';

export interface PreparePorts {
  /** Names events (`eventKeysOf`). */
  readonly eventKeys: EventKeys;
  /** Makes the tokens, with a key that never rotates. */
  readonly tokenOf: TokenOf;
  readonly eventTypes: Pick<EventTypes, 'realms' | 'sdks'>;
  readonly subjectKeys: SubjectKeys;
  readonly seenSources: SeenSources;
  /** Only where people who are not seen for long are erased. */
  readonly seenMonths?: SeenMonths;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * The message of each event's row, by entry. An event fails for itself: whatever is thrown while it is handled, and a key
 * of its subjects that cannot be opened, leaves the others alone. Rejects with `Unavailable` for the store of the keys,
 * without which no event has a row, for that of installations, without which an erasure would miss one, and for that of months,
 * without which somebody in use would look inactive.
 */
export async function prepare(
  read: ReadBatch,
  revisions: readonly FoundRevision[],
  ports: PreparePorts,
): Promise<PreparedEvent[]> {
  const { subjectKeys, seenSources, seenMonths, clock, observer } = ports;
  const nowMillis = clock.nowMillis();
  const opening = openingOf(read, ports, nowMillis);
  const opened: OpenedEvent[] = [];
  const rows: OpenRow[] = [];
  for (const found of revisions) {
    const event = openEvent(opening, opened.length, found);
    opened.push(event);
    if (isRow(event)) rows.push(event);
  }
  const ciphers = await subjectKeys.obtain(rows);
  await seenSources.note(rows, ciphers);
  await seenMonths?.note(rows, ciphers, nowMillis);
  const prepared = closeRows(opened, { ciphers, steady: undefined });
  tellBugs(observer, read, prepared);
  return prepared;
}

type OpenedEvent = 'duplicate' | 'expired' | OpenRow | Unfit | Waits;

function isRow(event: OpenedEvent): event is OpenRow {
  return typeof event === 'object' && event.kind === 'row';
}

// What is done for each event is a function of the module's over what its batch has: V8 throws optimized code of closures that
// are made for each batch away with them.

interface Opening {
  readonly read: ReadBatch;
  readonly eventTypes: PreparePorts['eventTypes'];
  readonly making: RowMaking;
  /** By entry. */
  readonly eventKeys: readonly string[];
  readonly nowMillis: number;
  readonly columns: WrittenColumns;
}

function openingOf(read: ReadBatch, ports: PreparePorts, nowMillis: number): Opening {
  const { batch, line, message, namespace } = read;
  const { sdk, region, replayed = false } = batch;
  const mayBeCopy = line === 'second' || message.attributes['possible_duplicate'] === 'true';
  const rowTime = formatMicros(nowMillis * 1_000);
  return {
    read,
    eventTypes: ports.eventTypes,
    making: { tokenOf: ports.tokenOf, owners: undefined },
    eventKeys: ports.eventKeys(namespace, batch.index.entries),
    nowMillis,
    columns: columnsOf({ sdk, region, replayed, mayBeCopy, rowTime }),
  };
}

function openEvent(opening: Opening, at: number, found: FoundRevision): OpenedEvent {
  const { batch, marks, line, events } = opening.read;
  if (found === 'duplicate') return found;
  if (found === 'unavailable') return { kind: 'waits', reason: 'registry-unavailable' };
  // The registry may have it in a moment: the first line waits for it.
  if (found === 'missing' && line === 'first') return { kind: 'waits', reason: 'schema-revision-missing' };
  if (found === 'missing') return { kind: 'unfit', rejected: rejected('revision') };
  const [entry, mark, event] = [batch.index.entries[at], marks[at], events.events[at]];
  const segment = batch.index.segments[entry?.segment ?? -1];
  if (!entry || !mark || !segment || event === undefined) throw new Error(`the batch has no entry ${at}`);
  if (isPastRetention(found, entry.timeMicros, opening.nowMillis)) return 'expired';
  try {
    const delivery: EventToDeliver = {
      entry,
      eventKey: opening.eventKeys[at] ?? '',
      segment,
      event,
      sdk: batch.sdk,
      columns: alikeColumns(opening.columns, segment, entry.revision, mark),
      replayed: batch.replayed === true,
      eventType: found,
    };
    const foreign = unprovenPerson(delivery, opening.eventTypes);
    if (foreign !== undefined) return { kind: 'unfit', rejected: foreign };
    const row = openRow(delivery, opening.making);
    return row.kind === 'row' ? row : { ...row, kind: 'unfit', rejected: rejected('mapping') };
  } catch (bug) {
    return unfitBy(bug);
  }
}

/**
 * Ingest has asked for the proof of everybody whom its revision named. A newer one may name more, of whom nobody could say
 * then that they need one: what the request proved decides, as it does for a replay.
 */
function unprovenPerson(
  { entry, segment, sdk, eventType, event }: EventToDeliver,
  eventTypes: PreparePorts['eventTypes'],
): Rejected | undefined {
  if (eventType.revision === entry.revision) return undefined;
  const check = makeSubjectCheck(eventTypes, provenBy(segment.provenSubjects ?? []));
  const read = check && readEnvelope(event);
  const foreign = read?.kind === 'envelope' ? check?.(read.envelope, eventType, sdk) : undefined;
  return foreign === undefined ? undefined : { ...rejected('subject-proof'), errors: foreign.errors ?? [] };
}

/** Makes the messages of rows. */
function closeRows(opened: readonly OpenedEvent[], closing: Closing): PreparedEvent[] {
  const closed: (OpenRow | PreparedEvent)[] = [];
  const texts: string[] = [];
  for (const event of opened) {
    if (!isRow(event)) {
      closed.push(event);
      continue;
    }
    const text = closedText(closing, event);
    if (typeof text === 'string') texts.push(text);
    closed.push(typeof text === 'string' ? event : text);
  }
  return withMessages(closed, utf8Of(texts));
}

function closedText(closing: Closing, row: OpenRow): ReturnType<typeof closeRow> {
  try {
    return closeRow(closing, row);
  } catch (bug) {
    return unfitBy(bug);
  }
}

/** `bytes`: of each row that is left, in their order. */
function withMessages(events: readonly (OpenRow | PreparedEvent)[], bytes: readonly Uint8Array[]): PreparedEvent[] {
  const prepared: PreparedEvent[] = [];
  let next = 0;
  for (const event of events) {
    if (typeof event !== 'object' || event.kind !== 'row') {
      prepared.push(event);
      continue;
    }
    const { eventType, type, undeclaredCount, unownedCount } = event;
    const data = bytes[next++];
    if (data === undefined) throw new Error('a row of the batch was not written');
    const message = { data, attributes: attributesOf(event) };
    const sink = eventType.isAlpha ? alphaSink : type;
    prepared.push({ kind: 'ready', sink, message, undeclaredCount, unownedCount });
  }
  return prepared;
}

/** One event a message, as a BigQuery subscription with `use_table_schema` writes it. */
function attributesOf({ type, eventKey, replayed }: OpenRow): Message['attributes'] {
  return replayed ? { type, event_key: eventKey, replayed: 'true' } : { type, event_key: eventKey };
}

/** Writes texts at once, which takes half of the time. */
function utf8Of(texts: readonly string[]): Uint8Array[] {
  const all = Buffer.from(texts.join(''));
  let length = 0;
  for (const text of texts) length += text.length;
  const isAscii = all.length === length;
  const bytes: Uint8Array[] = [];
  let start = 0;
  for (const text of texts) {
    const end = start + (isAscii ? text.length : Buffer.byteLength(text));
    // In less time than it takes to make a `Buffer`.
    bytes.push(new Uint8Array(all.buffer, all.byteOffset + start, end - start));
    start = end;
  }
  return bytes;
}

function unfitBy(bug: unknown): Unfit {
  return { kind: 'unfit', rejected: rejected('mapping'), bug };
}

/** Counts all of a batch, and logs the first: a thousand events fail for one reason mostly. */
function tellBugs(observer: Observer, { batch }: ReadBatch, prepared: readonly PreparedEvent[]): void {
  const bugs = prepared.filter(isBug);
  const [first] = bugs;
  if (first === undefined) return;
  const { type = '', revision = 0 } = batch.index.entries[prepared.indexOf(first)] ?? {};
  const fields = { type, revision, events: bugs.length, ...describeError(first.bug) };
  observer.log('ERROR', 'a bug: an event could not be made into a row', fields);
  observer.count('event-bugs', bugs.length);
}

function isBug(event: PreparedEvent): event is Unfit {
  return typeof event === 'object' && event.kind === 'unfit' && event.bug !== undefined;
}
