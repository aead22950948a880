import type { KeyObject } from 'node:crypto';
import { openEvents } from '../../shared/batch/batch-events.ts';
import { openBatch } from '../../shared/batch/sealed-batch.ts';
import { parseJson } from '../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../shared/event/number-text.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import { type Checked, checkEvent } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { StayReason } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import type { QuarantineRecord } from '../../shared/ports/quarantine-records.ts';
import { openQuarantined } from '../../shared/quarantine/quarantine-record.ts';
import { readWholeMessage } from '../../shared/quarantine/whole-message.ts';
import type { ReplayConfig } from './config.ts';

export interface Deciding {
  readonly eventTypes: EventTypes;
  /** Opens the payloads; never leaves the process. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly config: ReplayConfig;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly record: QuarantineRecord;
  readonly checked: Checked;
  /** The event's JSON as its client wrote it. */
  readonly text: string;
}

/** A message that no stage could read, and this release can. */
export interface WholeMessageAccepted {
  readonly kind: 'whole';
  readonly record: QuarantineRecord;
  readonly message: Message;
}

export interface Stays {
  readonly kind: 'stays';
  readonly reason: StayReason;
}

export type Decision = Accepted | WholeMessageAccepted | Stays;

const dayMillis = 86_400_000;

/**
 * Whether a record goes on: ingest's validation, with the types of today and the time of receipt of then, and what no
 * stage or table would keep. Where the record names no SDK (a local development key and a type that nobody knew), it is
 * the first that the type allows, as ingest has it for that key.
 */
export async function decide(record: QuarantineRecord, deciding: Deciding): Promise<Decision> {
  const { eventTypes, privateKey, clock, config, observer } = deciding;
  const { sdk, seal, receivedAtMillis } = record;
  if (record.superseded) return stays('superseded');
  const nowMillis = clock.nowMillis();
  if (nowMillis - (uuidV7Millis(seal) ?? 0) > config.maxSealAgeDays * dayMillis) return stays('too-old');
  const payload = openQuarantined(privateKey, record)?.payload;
  if (payload === undefined) return stays('unreadable');
  if (record.reason === 'unreadable') return decideWhole(record, payload);
  if (payload.length > config.maxEventBytes) return stays('size');
  const text = Buffer.from(payload).toString('utf8');
  const event = parseJson(text);
  if (event === undefined) return stays('unreadable');
  const key = sdk === undefined ? ({ kind: 'first-allowed-sdk' } as const) : ({ kind: 'sdk', sdk } as const);
  const written = { value: event, text: () => text, mayHoldTinyNumber: () => mayHoldTinyNumber(text) };
  const checked = await checkEvent(written, { eventTypes, limits: config, key, receivedAtMillis, observer });
  if (checked.kind !== 'valid') return stays(checked.reason);
  const keptFromMicros = (nowMillis - checked.eventType.edi.retentionDays * dayMillis) * 1_000;
  if (checked.envelope.timeMicros < keptFromMicros) return stays('too-old');
  return { kind: 'accepted', record, checked, text };
}

/** It was sealed by ingest and so validated; its stages see to the rest, as they do with any message. */
function decideWhole(record: QuarantineRecord, payload: Uint8Array): WholeMessageAccepted | Stays {
  const message = readWholeMessage(payload);
  const opened = message === undefined ? undefined : openBatch(message);
  if (message === undefined || opened?.kind !== 'batch') return stays('unreadable');
  return openEvents(opened.batch).kind === 'events' ? { kind: 'whole', record, message } : stays('unreadable');
}

function stays(reason: StayReason): Stays {
  return { kind: 'stays', reason };
}
