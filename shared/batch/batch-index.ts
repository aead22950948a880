import { isUtf8 } from 'node:buffer';
import type { ProvenSubject } from '../ports/quarantine.ts';
import {
  hasProof,
  hasSentAt,
  idsAreUuids,
  indexVersion,
  timesAreMillis,
  versionWithoutForms,
  versionWithTypes,
} from './index-layout.ts';
import { uuidBytes, uuidTextLength, uuidTexts } from './uuid-column.ts';
import { ByteReader } from './varint.ts';

/** What one request put into a sealed batch. */
export interface BatchSegment {
  /** Length of its part of the (uncompressed) payload: a JSON array of its accepted events. */
  readonly lengthBytes: number;
  /** Server time at which the request was received. */
  readonly receivedAtMillis: number;
  /** The client's clock when it sent, where it told (`x-edi-sent-at`). */
  readonly sentAtMillis?: number;
  /** Whom its request proved to speak for; absent where it named nobody of a verified realm by a token. */
  readonly provenSubjects?: readonly ProvenSubject[];
}

/** What dedup and pseudonymize need of one event without parsing it. */
export interface BatchIndexEntry {
  /** Which segment holds the event; entries of a segment stand in its array's order. */
  readonly segment: number;
  readonly source: string;
  readonly id: string;
  readonly timeMicros: number;
  readonly type: string;
  /** The schema revision that ingest validated with. */
  readonly revision: number;
}

export interface BatchIndex {
  readonly segments: readonly BatchSegment[];
  readonly entries: readonly BatchIndexEntry[];
}

/** An index as its own bytes have it. */
export interface DecodedIndex {
  readonly segments: readonly BatchSegment[];
  /** Of the types, in the order of the index; undefined where they stand behind the payload. */
  readonly types: readonly string[] | undefined;
  readonly columns: Columns;
  readonly texts: readonly string[];
}

/**
 * What `encodeBatchIndex` made of an index; `withTypes` makes that of it again. Undefined for bytes that are no index, whatever
 * they are: it never throws, nor takes memory beyond them.
 */
export function decodeBatchIndex(bytes: Uint8Array): DecodedIndex | undefined {
  const columns = readColumns(bytes);
  if (columns === undefined) return undefined;
  const texts = textsOf(columns);
  const idStart = idStartOf(columns);
  const types = columns.typesAreTexts ? texts.slice(columns.sourceCount, idStart) : undefined;
  const proofStart = idStart + (columns.uuids === undefined ? columns.timesMicros.length : 0);
  return { segments: withProofs(columns.read, texts.slice(proofStart)), types, columns, texts };
}

/** The index, with the names of its types; undefined where they are not as many as it has. */
export function withTypes(
  { segments, columns, texts }: DecodedIndex,
  types: readonly string[],
): BatchIndex | undefined {
  const { segmentOf, sourceOf, typeOf, timesMicros, revisions, uuids } = columns;
  if (types.length !== revisions.length) return undefined;
  const idStart = idStartOf(columns);
  const entryCount = timesMicros.length;
  const ids = uuids === undefined ? texts.slice(idStart, idStart + entryCount) : cutUuids(uuids);
  const entries: BatchIndexEntry[] = [];
  for (let at = 0; at < entryCount; at++) {
    const type = typeOf[at] ?? 0;
    entries.push({
      segment: segmentOf[at] ?? 0,
      source: texts[sourceOf[at] ?? 0] ?? '',
      id: ids[at] ?? '',
      timeMicros: timesMicros[at] ?? 0,
      type: types[type] ?? '',
      revision: revisions[type] ?? 0,
    });
  }
  return { segments, entries };
}

function cutUuids(uuids: Uint8Array): string[] {
  const text = uuidTexts(uuids).toString('latin1');
  const ids: string[] = [];
  for (let at = 0; at < text.length; at += uuidTextLength) ids.push(text.slice(at, at + uuidTextLength));
  return ids;
}

/** Of an index what tells its events from others, in columns: nothing is made for each event. */
export interface BatchIdentities {
  readonly sources: readonly string[];
  /** Of each event its place in `sources`. */
  readonly sourceOf: readonly number[];
  readonly timesMicros: readonly number[];
  /** The events' ids, one after the other, in UTF-8. */
  readonly ids: Uint8Array;
  /** Where each begins; behind the last where that ends. */
  readonly idStarts: readonly number[];
}

/** As `decodeBatchIndex`, and undefined for the same bytes. */
export function decodeBatchIdentities(bytes: Uint8Array): BatchIdentities | undefined {
  const columns = readColumns(bytes);
  if (columns === undefined) return undefined;
  const { sourceOf, timesMicros, sourceCount, lengths, uuids } = columns;
  const idStart = idStartOf(columns);
  const isAscii = columns.text.length === columns.textBytes.length;
  const texts = isAscii ? cut(columns.text, lengths.slice(0, sourceCount)) : textsOf(columns);
  const sources = texts.slice(0, sourceCount);
  if (uuids !== undefined) {
    const idStarts = Array.from({ length: timesMicros.length + 1 }, (_, at) => at * uuidTextLength);
    return { sources, sourceOf, timesMicros, ids: uuidTexts(uuids), idStarts };
  }
  const idTexts = isAscii ? [] : texts.slice(idStart, idStart + timesMicros.length);
  let start = 0;
  if (isAscii) for (let at = 0; at < idStart; at++) start += lengths[at] ?? 0;
  const idStarts = [start];
  for (let at = 0; at < timesMicros.length; at++) {
    start += isAscii ? (lengths[idStart + at] ?? 0) : Buffer.byteLength(idTexts[at] ?? '');
    idStarts.push(start);
  }
  const ids = isAscii ? columns.textBytes : Buffer.from(idTexts.join(''));
  return { sources, sourceOf, timesMicros, ids, idStarts };
}

/** What an index holds, as it stands there: every number points to what is there, and every text is whole. */
interface Columns {
  readonly read: readonly ReadSegment[];
  readonly revisions: readonly number[];
  readonly sourceCount: number;
  /** Names of types are texts here: before version 4. */
  readonly typesAreTexts: boolean;
  readonly segmentOf: readonly number[];
  readonly sourceOf: readonly number[];
  readonly typeOf: readonly number[];
  readonly timesMicros: readonly number[];
  /** Of the ids, where they are UUIDs. */
  readonly uuids: Uint8Array | undefined;
  /** Of all texts, in UTF-16 code units. */
  readonly lengths: readonly number[];
  readonly textBytes: Uint8Array;
  readonly text: string;
}

/** One for all: an index is read before another is, and V8 keeps what it knows of objects while there is one. */
const reader = new ByteReader();

function readColumns(bytes: Uint8Array): Columns | undefined {
  reader.begin(bytes);
  const version = reader.whole();
  if (version > indexVersion || version < versionWithoutForms) return undefined;
  const hasForms = version !== versionWithoutForms;
  const forms = hasForms ? reader.whole() : 0;
  if (forms > idsAreUuids + timesAreMillis) return undefined;
  const counts = [reader.whole(), reader.whole(), reader.whole(), reader.whole()];
  const [segmentCount = 0, sourceCount = 0, typeCount = 0, entryCount = 0] = counts;
  // Each takes a byte at least, so that nobody is made to reserve more than was sent.
  if (segmentCount + sourceCount + typeCount + entryCount > bytes.length) return undefined;
  const read: ReadSegment[] = [];
  for (let at = 0; at < segmentCount; at++) read.push(readSegment());
  const provenCount = read.reduce((sum, { proven }) => sum + proven, 0);
  if (provenCount > bytes.length) return undefined;
  const revisions = column(typeCount, Number.MAX_SAFE_INTEGER);
  const segmentOf = placesIn(segmentCount, entryCount, hasForms);
  const sourceOf = placesIn(sourceCount, entryCount, hasForms);
  const typeOf = placesIn(typeCount, entryCount, hasForms);
  const timesMicros = readTimes(entryCount, (forms & timesAreMillis) > 0);
  const hasUuids = (forms & idsAreUuids) > 0;
  const typesAreTexts = version <= versionWithTypes;
  const textCount = sourceCount + (typesAreTexts ? typeCount : 0) + (hasUuids ? 0 : entryCount) + 2 * provenCount;
  const lengths = column(textCount, Number.MAX_SAFE_INTEGER);
  const uuids = hasUuids ? reader.bytes(entryCount * uuidBytes) : undefined;
  const textBytes = reader.rest();
  if (textBytes === undefined || !isUtf8(textBytes)) return undefined;
  const text = textBytes.toString('utf8');
  const of = { read, revisions, sourceCount, typesAreTexts, segmentOf, sourceOf, typeOf, timesMicros };
  const columns = { ...of, uuids, lengths, textBytes, text };
  return isWhole(columns) ? columns : undefined;
}

/** Where among the texts those of the ids begin, if ids are texts. */
function idStartOf({ sourceCount, typesAreTexts, revisions }: Columns): number {
  return sourceCount + (typesAreTexts ? revisions.length : 0);
}

interface ReadSegment {
  readonly segment: BatchSegment;
  /** Subjects of its proof, whose texts come last. */
  readonly proven: number;
}

function withProofs(read: readonly ReadSegment[], texts: readonly string[]): BatchSegment[] {
  let at = 0;
  return read.map(({ segment, proven }) => {
    if (proven === 0) return segment;
    const provenSubjects: ProvenSubject[] = [];
    for (const end = at + 2 * proven; at < end; at += 2) {
      provenSubjects.push({ realm: texts[at] ?? '', subject: texts[at + 1] ?? '' });
    }
    return { ...segment, provenSubjects };
  });
}

function readSegment(): ReadSegment {
  const lengthBytes = reader.whole();
  const receivedAtMillis = reader.signed();
  const has = reader.whole();
  if (has > hasSentAt + hasProof) reader.fail();
  const told = (has & hasSentAt) > 0;
  const sentAtMillis = told ? receivedAtMillis + reader.signed() : undefined;
  if (sentAtMillis !== undefined && !Number.isSafeInteger(sentAtMillis)) reader.fail();
  const proves = (has & hasProof) > 0;
  const proven = proves ? reader.whole() : 0;
  if (proves && proven === 0) reader.fail();
  return {
    segment: { lengthBytes, receivedAtMillis, ...(sentAtMillis === undefined ? {} : { sentAtMillis }) },
    proven,
  };
}

function column(count: number, greatest: number): number[] {
  const values: number[] = [];
  for (let at = 0; at < count; at++) {
    const value = reader.whole();
    if (value > greatest) reader.fail();
    values.push(value);
  }
  return values;
}

/** Of each entry its place in so many things; where there is one of them, nothing is written but without forms. */
function placesIn(count: number, entryCount: number, hasForms: boolean): number[] {
  return count === 1 && hasForms ? new Array<number>(entryCount).fill(0) : column(entryCount, count - 1);
}

function readTimes(count: number, areMillis: boolean): number[] {
  const times: number[] = [];
  for (let at = 0, millis = 0; at < count; at++) {
    millis += reader.signed();
    times.push(millis * 1_000);
  }
  for (let at = 0; at < count; at++) {
    const micros = areMillis ? 0 : reader.whole();
    const timeMicros = (times[at] ?? 0) + micros;
    if (micros > 999 || !Number.isSafeInteger(timeMicros)) reader.fail();
    times[at] = timeMicros;
  }
  return times;
}

/** Whether the lengths are those of the text, and cut no character into halves, which only one of two units could be. */
function isWhole(columns: Columns): boolean {
  const { lengths, text, textBytes } = columns;
  let sum = 0;
  for (const length of lengths) sum += length;
  if (sum !== text.length) return false;
  return text.length === textBytes.length || textsOf(columns).every((one) => one.isWellFormed());
}

function textsOf({ text, lengths }: Columns): string[] {
  return cut(text, lengths);
}

/** Texts of these lengths, one after the other from the beginning. */
function cut(text: string, lengths: readonly number[]): string[] {
  const texts: string[] = [];
  let start = 0;
  for (const length of lengths) {
    texts.push(text.slice(start, start + length));
    start += length;
  }
  return texts;
}
