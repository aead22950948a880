import type { BatchIndex, BatchIndexEntry, BatchSegment } from './batch-index.ts';
import { hasProof, hasSentAt, idsAreUuids, indexVersion, timesAreMillis } from './index-layout.ts';
import { packUuids } from './uuid-column.ts';
import { ByteWriter } from './varint.ts';

export interface EncodedIndex {
  readonly bytes: Uint8Array;
  /** Names of the types, which stand behind the payload: in its own events they stand as well, so that zstd writes them as nothing. */
  readonly types: readonly string[];
}

/**
 * The bytes of an index (`README.md` has the layout, `test/data/batch/index-4.json` its vectors): columns instead of events,
 * and sources and types once each, since the events of a batch mostly share them. All texts stand in one, which is decoded
 * with one call; ids that are UUIDs are no texts there. Numbers are safe integers, texts hold no half of a surrogate pair;
 * ingest refuses others.
 */
export function encodeBatchIndex({ segments, entries }: BatchIndex): EncodedIndex {
  const sources = new Map<string, number>();
  const sourceOf = entries.map(({ source }) => numberOf(sources, source));
  const types: BatchIndexEntry[] = [];
  const typeOf = typesOf(entries, types);
  const uuids = packUuids(entries.length, (at) => entries[at]?.id ?? '');
  const areMillis = entries.every(({ timeMicros }) => timeMicros % 1_000 === 0);
  const writer = new ByteWriter();
  writer.whole(indexVersion);
  writer.whole((uuids === undefined ? 0 : idsAreUuids) + (areMillis ? timesAreMillis : 0));
  for (const count of [segments.length, sources.size, types.length, entries.length]) writer.whole(count);
  for (const segment of segments) writeSegment(writer, segment);
  for (const { revision } of types) writer.whole(revision);
  if (segments.length !== 1) for (const { segment } of entries) writer.whole(segment);
  if (sources.size !== 1) for (const source of sourceOf) writer.whole(source);
  if (types.length !== 1) for (const type of typeOf) writer.whole(type);
  writeTimes(writer, entries, areMillis);
  const texts = [...sources.keys()];
  if (uuids === undefined) for (const { id } of entries) texts.push(id);
  for (const { provenSubjects = [] } of segments) {
    for (const { realm, subject } of provenSubjects) texts.push(realm, subject);
  }
  for (const text of texts) writer.whole(text.length);
  return { bytes: writer.withRest(uuids ?? noBytes, texts.join('')), types: types.map(({ type }) => type) };
}

/** Whether the ids of an index that `encodeBatchIndex` made stand there as UUIDs. */
export function hasUuids(bytes: Uint8Array): boolean {
  return ((bytes[1] ?? 0) & idsAreUuids) > 0;
}

const noBytes = new Uint8Array(0);

function writeTimes(writer: ByteWriter, entries: readonly BatchIndexEntry[], areMillis: boolean): void {
  let beforeMillis = 0;
  for (const { timeMicros } of entries) {
    const millis = Math.floor(timeMicros / 1_000);
    writer.signed(millis - beforeMillis);
    beforeMillis = millis;
  }
  if (areMillis) return;
  for (const { timeMicros } of entries) writer.whole(timeMicros - Math.floor(timeMicros / 1_000) * 1_000);
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
