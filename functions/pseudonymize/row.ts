import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';
import type { Mark } from '../../shared/batch/marks.ts';
import { correctedTime } from '../../shared/event/corrected-time.ts';
import { dataOf } from '../../shared/event/envelope.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import { readSequence } from '../../shared/event/sequence.ts';
import { formatMicros } from '../../shared/event/time.ts';
import { alphaData } from '../../shared/event-types/alpha.ts';
import type { EventType } from '../../shared/event-types/event-types.ts';
import { type FlatProjection, inOnePiece, projectFlat } from '../../shared/event-types/flat-payload.ts';
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
  readonly eventKey: string;
  readonly segment: BatchSegment;
  readonly sdk: string;
  readonly columns: AlikeColumns;
  /** It was refused once, and a replay of the quarantine sends it. */
  readonly replayed: boolean;
  readonly eventType: EventType;
  readonly event: JsonValue;
}

/** A row whose personal values are still open. */
export interface OpenRow {
  readonly kind: 'row';
  readonly eventType: EventType;
  /** As its batch names it. */
  readonly type: string;
  readonly eventKey: string;
  /** The JSON of its columns up to `sequence`, and of those behind it up to `data`. */
  readonly begin: string;
  readonly end: string;
  /** As JSON. */
  readonly sequence: string | undefined;
  /** Its `data` as an object; where it is flat, that stands instead. */
  readonly data: JsonObject;
  readonly flat: FlatProjection | undefined;
  readonly replayed: boolean;
  readonly moment: EventMoment;
  /** `source`, and `subject` where there is one. Without any of them there is no row. */
  readonly owners: Owners;
  /** Those of `data` as an object. */
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

export interface RowMaking {
  /** Makes the tokens, with a key that never rotates. */
  readonly tokenOf: TokenOf;
  /** Of the event before. */
  owners: Owners | undefined;
}

/** An installation, and the person where an event names one. */
type Owners = readonly [DataSubject, DataSubject?];

/** Gives the same objects for owners that are alike and follow each other, as most of a batch do: they are found by them later. */
function ownersOf(making: RowMaking, sourceName: string, realm: string, personName: string | undefined): Owners {
  const before = making.owners;
  const source = before?.[0];
  const person = before?.[1];
  const isSource = source?.subject === sourceName;
  const isPerson = person?.subject === personName && (personName === undefined || person?.realm === realm);
  if (before !== undefined && isSource && isPerson) return before;
  const ofSource = isSource ? source : { realm: sourceRealm, subject: sourceName };
  const owners: Owners =
    personName === undefined ? [ofSource] : [ofSource, isPerson && person ? person : { realm, subject: personName }];
  making.owners = owners;
  return owners;
}

/** Builds the row of an event: the envelope's columns, then `data`. */
export function openRow(delivery: EventToDeliver, making: RowMaking): OpenRow | NoRow {
  const { entry, eventKey, eventType, event, replayed } = delivery;
  const read = isJsonObject(event) ? dataOf(event) : undefined;
  if (!isJsonObject(event) || read?.kind !== 'data') return { kind: 'mismatch' };
  const { subject } = event;
  const person = typeof subject === 'string' ? subject : undefined;
  const owners = ownersOf(making, entry.source, eventType.subjectRealm, person);
  try {
    const flat = eventType.flat && projectFlat(eventType.flat, read.data);
    const projected =
      flat === undefined
        ? projectPayload(eventType.payload, read.data, owners[1] ?? owners[0], making.tokenOf)
        : undefined;
    const sequence = readSequence(event);
    return {
      kind: 'row',
      eventType,
      type: entry.type,
      eventKey,
      begin: beginOf(delivery),
      end: delivery.columns.end,
      sequence: typeof sequence === 'bigint' ? sequenceValue(sequence) : undefined,
      data: projected?.row ?? nothing,
      flat,
      replayed,
      moment: momentOf(entry, delivery.segment),
      owners,
      personalValues: projected?.personalValues ?? none,
      undeclaredCount: (flat ?? projected)?.undeclaredCount ?? 0,
      unownedCount: projected?.unownedCount ?? 0,
    };
  } catch (error) {
    return error instanceof MappingMismatch ? { kind: 'mismatch' } : { kind: 'mismatch', bug: error };
  }
}

const nothing: JsonObject = {};
const none: readonly PersonalValue[] = [];

// What stands in quotes here as it is has nothing to escape: keys and ids of their grammars, times.

// Constants reach from value to value: V8 makes an object for each two texts that are joined.

function beginOf({ entry, eventKey, segment, columns }: EventToDeliver): string {
  const correctedMicros = correctedTime(entry.timeMicros, segment);
  const id = shownId.test(entry.id) ? `","event_id":"${entry.id}` : '';
  const corrected = correctedMicros === undefined ? '' : `","corrected_time":"${formatMicros(correctedMicros)}`;
  return `{"event_key":"${eventKey}${id}","event_time":"${formatMicros(entry.timeMicros)}${corrected}${columns.begin}`;
}

/** What the rows of most events of a batch have alike, as JSON: the columns from `received_time` to `replayed`, behind a quote, and the last. */
interface AlikeColumns {
  readonly begin: string;
  readonly end: string;
}

/** What is said of all events of a batch. */
interface OfBatch {
  readonly sdk: string;
  /** Where ingest received it, where that is told. */
  readonly region: string | undefined;
  /** It was refused once, and a replay of the quarantine sends it. */
  readonly replayed: boolean;
  /** Each of its events may have been delivered before. */
  readonly mayBeCopy: boolean;
  readonly rowTime: string;
}

/** The columns that were written last, and for what. */
export interface WrittenColumns {
  readonly batch: OfBatch;
  readonly end: string;
  segment: BatchSegment | undefined;
  revision: number;
  mark: Mark | undefined;
  columns: AlikeColumns | undefined;
}

export function columnsOf(batch: OfBatch): WrittenColumns {
  const ingestRegion = batch.region === undefined ? '' : `,"ingest_region":${JSON.stringify(batch.region)}`;
  const end = inOnePiece(`${ingestRegion},"row_time":"${batch.rowTime}"`);
  return { batch, end, segment: undefined, revision: 0, mark: undefined, columns: undefined };
}

/** Writes them anew only where they differ from those of the event before: a row is made of a few texts then. */
export function alikeColumns(
  written: WrittenColumns,
  segment: BatchSegment,
  revision: number,
  mark: Mark,
): AlikeColumns {
  const isSame = written.segment === segment && written.revision === revision && written.mark === mark;
  if (isSame && written.columns !== undefined) return written.columns;
  const { sdk, replayed, mayBeCopy } = written.batch;
  const receivedTime = formatMicros(segment.receivedAtMillis * 1_000);
  const possibleDuplicate = mayBeCopy || mark.possibleDuplicate;
  const begin =
    `","received_time":"${receivedTime}","sdk":${JSON.stringify(sdk)},"schema_revision":${revision}` +
    `,"possible_duplicate":${possibleDuplicate},"beyond_lookback":${mark.beyondLookBack}` +
    (replayed ? ',"replayed":true' : '');
  const columns = { begin: inOnePiece(begin), end: written.end };
  Object.assign(written, { segment, revision, mark, columns });
  return columns;
}

/** Beyond 2^53 as text, which JSON readers take for an INT64 without rounding it. */
function sequenceValue(sequence: bigint): string {
  return sequence <= Number.MAX_SAFE_INTEGER ? String(sequence) : `"${sequence}"`;
}

/** The JSON of the columns of a row's owners, whose pseudonyms have nothing to escape, and the end of the row. */
export function ownersText([source, subject]: readonly string[]): string {
  return inOnePiece(`,"source":"${source}"${subject === undefined ? '' : `,"subject":"${subject}"`}}`);
}

export interface OfOwners {
  /** What `ownersText` gives. */
  readonly text: string;
  /** Whether the row shows its number. */
  readonly isNumbered: boolean;
  /** Of the last of them. */
  readonly cipher: { encrypt(plaintext: string): string };
}

/** The JSON of a row, whose values are settled: of its type's own table, or of the one that alpha types share. */
export function rowText(row: OpenRow, { text, isNumbered, cipher }: OfOwners): string {
  const { eventType, begin, sequence, end, data, flat } = row;
  const numbered = sequence === undefined || !isNumbered ? '' : `,"sequence":${sequence}`;
  const envelope = begin + numbered + end;
  if (flat !== undefined) return `${envelope},"data":{${membersOf(flat, cipher)}}${text}`;
  const { isAlpha, payload } = eventType;
  if (isAlpha) {
    const ofType = `,"type":${JSON.stringify(row.type)},"data":${JSON.stringify(alphaData(payload, data))}`;
    return envelope + ofType + text;
  }
  if (payload.columns.length === 0) return envelope + text;
  return `${envelope},"data":${JSON.stringify(data)}${text}`;
}

function membersOf({ text, personal }: FlatProjection, cipher: OfOwners['cipher']): string {
  let members = text;
  for (const { begin, plaintext } of personal) members += `${begin}${cipher.encrypt(plaintext)}"`;
  return members;
}
