import type { KeyObject } from 'node:crypto';
import { openEvents } from '../../shared/batch/batch-events.ts';
import { openBatch } from '../../shared/batch/sealed-batch.ts';
import { type JsonValue, parseJson } from '../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../shared/event/number-text.ts';
import { rawElements } from '../../shared/event/raw-elements.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import { type Checked, checkEvent } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { StayReason } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import type { ProvenSubject } from '../../shared/ports/quarantine.ts';
import type { QuarantineRecord } from '../../shared/ports/quarantine-records.ts';
import { openQuarantined } from '../../shared/quarantine/quarantine-record.ts';
import { readWholeMessage } from '../../shared/quarantine/whole-message.ts';
import { makeSubjectCheck, provenBy } from '../../shared/subject-tokens/subject-check.ts';
import type { ReplayConfig } from './config.ts';

export interface Deciding {
  readonly eventTypes: EventTypes;
  /** Opens the payloads; never leaves the process. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly config: ReplayConfig;
}

/** An event that goes on. */
export interface AcceptedEvent {
  readonly record: QuarantineRecord;
  /** Whom its request proved to speak for. */
  readonly provenSubjects: readonly ProvenSubject[];
  readonly checked: Checked;
  /** Its JSON as its client wrote it. */
  readonly text: string;
}

interface Accepted {
  readonly kind: 'accepted';
  readonly record: QuarantineRecord;
  /** Of a record that holds several, those that pass, each once. */
  readonly events: readonly AcceptedEvent[];
  /** Why some of them do not. The record is not marked then, and its next replay repeats these under their own seal. */
  readonly stay?: StayReason;
}

/** A message that no stage could read, and this release can. */
export interface WholeMessageAccepted {
  readonly kind: 'whole';
  readonly record: QuarantineRecord;
  readonly message: Message;
}

interface Stays {
  readonly kind: 'stays';
  readonly reason: StayReason;
}

export type Decision = Accepted | WholeMessageAccepted | Stays;

const dayMillis = 86_400_000;

/**
 * Whether a record goes on: ingest's validation, with the types of today and the time of receipt of then, and what no
 * stage or table would keep, and who is named that the record does not prove. Where the record names no SDK (a local
 * development key and a type that nobody knew), it is the first that the type allows, as ingest has it for that key.
 */
export async function decide(record: QuarantineRecord, deciding: Deciding): Promise<Decision> {
  const { privateKey, clock, config } = deciding;
  if (record.superseded) return stays('superseded');
  const ageMillis = clock.nowMillis() - (uuidV7Millis(record.seal) ?? 0);
  if (ageMillis > config.purgeAfterDays * dayMillis) return stays('too-old');
  const opened = openQuarantined(privateKey, record);
  if (opened === undefined) return stays('unreadable');
  const { payload, provenSubjects } = opened;
  if (record.reason === 'unreadable') return decideWhole(record, payload);
  // More than ingest takes or keeps together; a single event is measured below.
  if (payload.length > config.maxSealBytes) return stays('size');
  const written = writtenEvents(record, Buffer.from(payload).toString('utf8'));
  return written === undefined ? stays('unreadable') : decideEvents({ record, provenSubjects }, written, deciding);
}

interface Written {
  readonly value: JsonValue;
  /** As the client wrote it. */
  readonly text: string;
}

/** The events that a record holds; undefined where that is no JSON, or another number of them. */
function writtenEvents({ events }: QuarantineRecord, text: string): readonly Written[] | undefined {
  const value = parseJson(text);
  if (value === undefined) return undefined;
  if (events === undefined) return [{ value, text }];
  if (!Array.isArray(value) || value.length !== events) return undefined;
  return rawElements(text).map((own, at) => ({ value: value[at] ?? null, text: own }));
}

/** A record, and what is in its box beside the event. */
interface OpenedRecord {
  readonly record: QuarantineRecord;
  readonly provenSubjects: readonly ProvenSubject[];
}

async function decideEvents(
  { record, provenSubjects }: OpenedRecord,
  written: readonly Written[],
  deciding: Deciding,
): Promise<Accepted | Stays> {
  const events = new Map<string, AcceptedEvent>();
  let stay: StayReason | undefined;
  const superseded = new Set(record.supersededAt);
  for (const [place, { value, text }] of written.entries()) {
    // A newer record holds another attempt at it.
    if (superseded.has(place)) continue;
    const checked = await checkAgain(value, text, { record, provenSubjects, deciding });
    if (typeof checked === 'string') {
      stay ??= checked;
      continue;
    }
    const { source, id, timeMicros } = checked.envelope;
    // As ingest has it: what repeats an earlier event of its request is not sent on.
    const identity = JSON.stringify([source, id, timeMicros]);
    if (!events.has(identity)) events.set(identity, { record, provenSubjects, checked, text });
  }
  if (events.size === 0) return stays(stay ?? 'superseded');
  return { kind: 'accepted', record, events: [...events.values()], ...(stay === undefined ? {} : { stay }) };
}

async function checkAgain(
  value: JsonValue,
  text: string,
  { record, provenSubjects, deciding }: OpenedRecord & { readonly deciding: Deciding },
): Promise<Checked | StayReason> {
  const { eventTypes, clock, config, observer } = deciding;
  const { sdk, receivedAtMillis } = record;
  if (Buffer.byteLength(text) > config.maxEventBytes) return 'size';
  const key = sdk === undefined ? ({ kind: 'first-allowed-sdk' } as const) : ({ kind: 'sdk', sdk } as const);
  const written = { value, text: () => text, mayHoldTinyNumber: () => mayHoldTinyNumber(text) };
  const subjects = makeSubjectCheck(eventTypes, provenBy(provenSubjects));
  const checked = await checkEvent(written, { eventTypes, limits: config, key, receivedAtMillis, subjects, observer });
  if (checked.kind !== 'valid') return checked.reason;
  const keptFromMicros = (clock.nowMillis() - checked.eventType.edi.retentionDays * dayMillis) * 1_000;
  return checked.envelope.timeMicros < keptFromMicros ? 'too-old' : checked;
}

/** It was sealed by ingest and so validated; its stages see to the rest, as they do with any message. */
function decideWhole(record: QuarantineRecord, payload: Uint8Array): WholeMessageAccepted | Stays {
  const message = readWholeMessage(payload);
  const opened = message === undefined ? undefined : openBatch(message);
  if (message === undefined || opened?.kind !== 'batch') return stays('unreadable');
  return openEvents(opened).kind === 'events' ? { kind: 'whole', record, message } : stays('unreadable');
}

function stays(reason: StayReason): Stays {
  return { kind: 'stays', reason };
}
