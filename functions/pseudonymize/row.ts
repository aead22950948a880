import type { KeyObject } from 'node:crypto';
import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';
import type { Mark } from '../../shared/batch/marks.ts';
import { correctedTime } from '../../shared/event/corrected-time.ts';
import { dataOf } from '../../shared/event/envelope.ts';
import { eventKey } from '../../shared/event/event-key.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import { readSequence } from '../../shared/event/sequence.ts';
import { formatMicros } from '../../shared/event/time.ts';
import type { EventType } from '../../shared/event-types/event-types.ts';
import {
  type DataSubject,
  MappingMismatch,
  type PersonalValue,
  projectPayload,
} from '../../shared/event-types/project.ts';
import type { TokenOf } from '../../shared/event-types/tokens.ts';
import { type EventMoment, momentOf } from './erased.ts';

/** An event of a batch on its way to its row. */
export interface EventToDeliver {
  readonly entry: BatchIndexEntry;
  readonly mark: Mark;
  readonly segment: BatchSegment;
  readonly sdk: string;
  /** Where ingest received it, where that is told. */
  readonly region: string | undefined;
  /** `received_time`, one text for all events of a segment. */
  readonly receivedTime: string;
  /** `row_time`, one text for all rows of a batch. */
  readonly rowTime: string;
  /** It was refused once, and a replay of the quarantine sends it. */
  readonly replayed: boolean;
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
  readonly moment: EventMoment;
  /** `source`, and `subject` where there is one: the first of `personalValues`. Without any of them there is no row. */
  readonly owners: readonly PersonalValue[];
  readonly personalValues: readonly PersonalValue[];
  readonly undeclaredCount: number;
  readonly unownedCount: number;
}

// Ids can hold personal data; only forms that a generator makes of time and chance are shown. UUIDs of versions 1, 2 and 6
// hold a machine's address, 3 and 5 the hash of a name, 8 whatever its maker likes. ULID: Crockford's base 32.
const shownId =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/i;

/** An event that never becomes a row. `bug`: what was thrown, where that is no mismatch of schema and columns. */
export interface NoRow {
  readonly kind: 'mismatch';
  readonly bug?: unknown;
}

export interface RowKeys {
  /** Secret key of `event_key`; never rotates. */
  readonly identityKey: KeyObject;
  /** Makes the tokens, with a key that never rotates either. */
  readonly tokenOf: TokenOf;
}

/** Builds the row of an event: the envelope's columns, then `data`. */
export function openRow(delivery: EventToDeliver, { identityKey, tokenOf }: RowKeys): OpenRow | NoRow {
  const { entry, eventType, event, namespace } = delivery;
  const read = isJsonObject(event) ? dataOf(event) : undefined;
  const subject = isJsonObject(event) ? event['subject'] : undefined;
  if (read?.kind !== 'data') return { kind: 'mismatch' };
  const source: DataSubject = { realm: sourceRealm, subject: entry.source };
  const person = typeof subject === 'string' ? { realm: eventType.edi.subjectRealm, subject } : undefined;
  try {
    const projected = projectPayload(eventType.payload, read.data, person ?? source, tokenOf);
    const key = eventKey(identityKey, namespace, entry);
    const row = envelopeRow(delivery, key);
    if (eventType.payload.columns.length > 0) row['data'] = projected.row;
    const owners = [pseudonym(source, row, 'source'), ...(person ? [pseudonym(person, row, 'subject')] : [])];
    return {
      kind: 'row',
      eventType,
      eventKey: key,
      row,
      moment: momentOf(entry, delivery.segment),
      owners,
      personalValues: [...owners, ...projected.personalValues],
      undeclaredCount: projected.undeclaredCount,
      unownedCount: projected.unownedCount,
    };
  } catch (error) {
    return error instanceof MappingMismatch ? { kind: 'mismatch' } : { kind: 'mismatch', bug: error };
  }
}

function envelopeRow(delivery: EventToDeliver, key: string): JsonObject {
  const { entry, mark, segment, event, sdk, replayed, region, receivedTime, rowTime } = delivery;
  const correctedMicros = correctedTime(entry.timeMicros, segment);
  const sequence = isJsonObject(event) ? readSequence(event) : undefined;
  const row: JsonObject = { event_key: key };
  if (shownId.test(entry.id)) row['event_id'] = entry.id;
  row['event_time'] = formatMicros(entry.timeMicros);
  if (correctedMicros !== undefined) row['corrected_time'] = formatMicros(correctedMicros);
  row['received_time'] = receivedTime;
  row['sdk'] = sdk;
  row['schema_revision'] = entry.revision;
  row['possible_duplicate'] = mark.possibleDuplicate;
  row['beyond_lookback'] = mark.beyondLookBack;
  if (replayed) row['replayed'] = replayed;
  if (typeof sequence === 'bigint') row['sequence'] = sequenceValue(sequence);
  if (region !== undefined) row['ingest_region'] = region;
  row['row_time'] = rowTime;
  return row;
}

/** Beyond 2^53 as text, which JSON readers take for an INT64 without rounding it. */
function sequenceValue(sequence: bigint): number | string {
  return sequence <= Number.MAX_SAFE_INTEGER ? Number(sequence) : String(sequence);
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
