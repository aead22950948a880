import type { KeyObject } from 'node:crypto';
import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';
import type { Mark } from '../../shared/batch/marks.ts';
import { eventKey } from '../../shared/event/event-key.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { formatMicros } from '../../shared/event/time.ts';
import type { EventType } from '../../shared/event-types/event-types.ts';
import {
  type DataSubject,
  MappingMismatch,
  type PersonalValue,
  projectPayload,
} from '../../shared/event-types/project.ts';
import { sourceRealm } from '../../shared/event-types/treatment.ts';

/** An event of a batch on its way to its row. */
export interface EventToDeliver {
  readonly entry: BatchIndexEntry;
  readonly mark: Mark;
  readonly segment: BatchSegment;
  readonly sdk: string;
  /** In which the event was claimed, as dedup says. */
  readonly namespace: string;
  readonly eventType: EventType;
  readonly event: JsonValue;
}

/** A row whose personal values are still open. */
export interface OpenRow {
  readonly kind: 'row';
  readonly eventType: EventType;
  readonly eventKey: string;
  readonly row: JsonObject;
  readonly personalValues: readonly PersonalValue[];
  readonly undeclaredCount: number;
  readonly unownedCount: number;
}

// Ids can hold personal data; only forms that are made by a generator are shown. ULID: Crockford's base 32.
const shownId = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/i;

/** Builds the row of an event: the envelope's columns, then `data`. */
export function openRow(delivery: EventToDeliver, identityKey: KeyObject): OpenRow | { readonly kind: 'mismatch' } {
  const { entry, eventType, event, namespace } = delivery;
  const data = isJsonObject(event) ? event['data'] : undefined;
  const subject = isJsonObject(event) ? event['subject'] : undefined;
  if (!isJsonObject(data)) return { kind: 'mismatch' };
  const source: DataSubject = { realm: sourceRealm, subject: entry.source };
  const person = typeof subject === 'string' ? { realm: eventType.edi.subjectRealm, subject } : undefined;
  try {
    const projected = projectPayload(eventType.payload, data, person ?? source);
    const key = eventKey(identityKey, namespace, entry);
    const row = {
      ...envelopeRow(delivery, key),
      ...(eventType.payload.columns.length > 0 ? { data: projected.row } : {}),
    };
    const envelopeValues = [pseudonym(source, row, 'source'), ...(person ? [pseudonym(person, row, 'subject')] : [])];
    return {
      kind: 'row',
      eventType,
      eventKey: key,
      row,
      personalValues: [...envelopeValues, ...projected.personalValues],
      undeclaredCount: projected.undeclaredCount,
      unownedCount: projected.unownedCount,
    };
  } catch (error) {
    if (error instanceof MappingMismatch) return { kind: 'mismatch' };
    throw error;
  }
}

function envelopeRow({ entry, mark, segment, sdk }: EventToDeliver, key: string): JsonObject {
  const offsetMillis = segment.sentAtMillis === undefined ? undefined : segment.receivedAtMillis - segment.sentAtMillis;
  const correctedMicros = offsetMillis === undefined ? undefined : entry.timeMicros + offsetMillis * 1_000;
  return {
    event_key: key,
    ...(shownId.test(entry.id) ? { event_id: entry.id } : {}),
    event_time: formatMicros(entry.timeMicros),
    ...(correctedMicros !== undefined && isTableTime(correctedMicros)
      ? { corrected_time: formatMicros(correctedMicros) }
      : {}),
    received_time: formatMicros(segment.receivedAtMillis * 1_000),
    sdk,
    schema_revision: entry.revision,
    possible_duplicate: mark.possibleDuplicate,
    beyond_lookback: mark.beyondLookBack,
  };
}

/** A client's clock may claim anything; a corrected time outside the years 1 to 9999 is left out. */
function isTableTime(micros: number): boolean {
  return micros > -62_135_596_800_000_000 && micros < 253_402_300_799_000_000;
}

function pseudonym(subject: DataSubject, row: JsonObject, column: 'source' | 'subject'): PersonalValue {
  return {
    subject,
    plaintext: subject.subject,
    settle: (value) => {
      if (value !== null) row[column] = value;
    },
  };
}
