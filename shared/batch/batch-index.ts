import { isUtf8 } from 'node:buffer';
import type { ProvenSubject } from '../ports/quarantine.ts';
import { ByteReader, ByteWriter } from './varint.ts';

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

/** Begins the bytes of an index. */
const indexVersion = 2;

/** What a segment has beside length and receipt. */
const hasSentAt = 1;
const hasProof = 2;

/**
 * The bytes of an index (`README.md` has the layout, `test/data/batch/index.json` its vectors): columns instead of events,
 * and sources and types once each, since the events of a batch mostly share them. All texts stand in one, which is decoded
 * with one call. Numbers are safe integers, texts hold no half of a surrogate pair; ingest refuses others.
 */
export function encodeBatchIndex({ segments, entries }: BatchIndex): Uint8Array {
  const sources = new Map<string, number>();
  const sourceOf = entries.map(({ source }) => numberOf(sources, source));
  const types: BatchIndexEntry[] = [];
  const typeOf = typesOf(entries, types);
  const writer = new ByteWriter();
  for (const count of [indexVersion, segments.length, sources.size, types.length, entries.length]) writer.whole(count);
  for (const segment of segments) writeSegment(writer, segment);
  for (const { revision } of types) writer.whole(revision);
  for (const { segment } of entries) writer.whole(segment);
  for (const source of sourceOf) writer.whole(source);
  for (const type of typeOf) writer.whole(type);
  let beforeMillis = 0;
  for (const { timeMicros } of entries) {
    const millis = Math.floor(timeMicros / 1_000);
    writer.signed(millis - beforeMillis);
    beforeMillis = millis;
  }
  for (const { timeMicros } of entries) writer.whole(timeMicros - Math.floor(timeMicros / 1_000) * 1_000);
  const texts = [
    ...sources.keys(),
    ...types.map(({ type }) => type),
    ...entries.map(({ id }) => id),
    ...segments.flatMap(({ provenSubjects = [] }) => provenSubjects.flatMap(({ realm, subject }) => [realm, subject])),
  ];
  for (const text of texts) writer.whole(text.length);
  return writer.withText(texts.join(''));
}

function writeSegment(
  writer: ByteWriter,
  { lengthBytes, receivedAtMillis, sentAtMillis, provenSubjects = [] }: BatchSegment,
): void {
  writer.whole(lengthBytes);
  writer.signed(receivedAtMillis);
  writer.whole((sentAtMillis === undefined ? 0 : hasSentAt) + (provenSubjects.length === 0 ? 0 : hasProof));
  if (sentAtMillis !== undefined) writer.signed(sentAtMillis - receivedAtMillis);
  if (provenSubjects.length > 0) writer.whole(provenSubjects.length);
}

/** The number of a name in the order in which names came. */
function numberOf(names: Map<string, number>, name: string): number {
  const known = names.get(name) ?? names.size;
  if (known === names.size) names.set(name, known);
  return known;
}

/** The number of each entry's type and revision, in the order in which they came; the first entry of each goes to `types`. */
function typesOf(entries: readonly BatchIndexEntry[], types: BatchIndexEntry[]): number[] {
  const numbers = new Map<string, number>();
  let before: BatchIndexEntry | undefined;
  let number = 0;
  return entries.map((entry) => {
    const { type, revision } = entry;
    // Mostly that of the one before, which a name for the map would cost more to find out.
    if (type === before?.type && revision === before.revision) return number;
    before = entry;
    number = numberOf(numbers, `${type} ${revision}`);
    if (number === types.length) types.push(entry);
    return number;
  });
}

/** The inverse. Undefined for bytes that are no index, whatever they are: it never throws, nor takes memory beyond them. */
export function decodeBatchIndex(bytes: Uint8Array): BatchIndex | undefined {
  const reader = new ByteReader(bytes);
  if (reader.whole() !== indexVersion) return undefined;
  const counts = [reader.whole(), reader.whole(), reader.whole(), reader.whole()];
  const [segmentCount = 0, sourceCount = 0, typeCount = 0, entryCount = 0] = counts;
  // Each takes a byte at least, so that nobody is made to reserve more than was sent.
  if (segmentCount + sourceCount + typeCount + entryCount > bytes.length) return undefined;
  const read: ReadSegment[] = [];
  for (let at = 0; at < segmentCount; at++) read.push(readSegment(reader));
  const provenCount = read.reduce((sum, { proven }) => sum + proven, 0);
  if (provenCount > bytes.length) return undefined;
  const revisions = column(reader, typeCount);
  const segmentOf = column(reader, entryCount);
  const sourceOf = column(reader, entryCount);
  const typeOf = column(reader, entryCount);
  const millis: number[] = [];
  for (let at = 0, sum = 0; at < entryCount; at++) {
    sum += reader.signed();
    millis.push(sum);
  }
  const micros = column(reader, entryCount);
  const texts = readTexts(reader, sourceCount + typeCount + entryCount + 2 * provenCount);
  if (texts === undefined) return undefined;
  const entries: BatchIndexEntry[] = [];
  for (let at = 0; at < entryCount; at++) {
    const [segment = -1, source = -1, type = -1, micro = -1] = [segmentOf[at], sourceOf[at], typeOf[at], micros[at]];
    const timeMicros = (millis[at] ?? 0) * 1_000 + micro;
    const id = texts[sourceCount + typeCount + at];
    const isWhole = segment < segmentCount && source < sourceCount && type < typeCount && micro < 1_000;
    if (!isWhole || id === undefined || !Number.isSafeInteger(timeMicros)) return undefined;
    entries.push({
      segment,
      source: texts[source] ?? '',
      id,
      timeMicros,
      type: texts[sourceCount + type] ?? '',
      revision: revisions[type] ?? 0,
    });
  }
  return { segments: withProofs(read, texts.slice(sourceCount + typeCount + entryCount)), entries };
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

function readSegment(reader: ByteReader): ReadSegment {
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

function column(reader: ByteReader, count: number): number[] {
  const values: number[] = [];
  for (let at = 0; at < count; at++) values.push(reader.whole());
  return values;
}

/** Their lengths in UTF-16 code units, then all of them as one text in UTF-8 up to the end; undefined otherwise. */
function readTexts(reader: ByteReader, count: number): string[] | undefined {
  const lengths = column(reader, count);
  const bytes = reader.rest();
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const texts: string[] = [];
  let start = 0;
  for (const length of lengths) {
    texts.push(text.slice(start, start + length));
    start += length;
  }
  // Only where a character takes two units can a length cut one into halves.
  const isWhole = text.length === bytes.length || texts.every((one) => one.isWellFormed());
  return isWhole && start === text.length ? texts : undefined;
}
