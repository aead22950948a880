import { isJsonObject, type JsonValue, parseJson } from '../event/json.ts';

/** What one request put into a sealed batch. */
export interface BatchSegment {
  /** Length of its part of the (uncompressed) payload: a JSON array of its accepted events. */
  readonly lengthBytes: number;
  /** Server time at which the request was received. */
  readonly receivedAtMillis: number;
  /** The client's clock when it sent, where it told (`x-edi-sent-at`). */
  readonly sentAtMillis?: number;
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

/**
 * Columns instead of objects, and sources and types once each: the events of a batch mostly share them, and dedup
 * parses nothing but this.
 */
export function encodeBatchIndex(index: BatchIndex): string {
  const sources = new Map<string, number>();
  const types = new Map<string, number>();
  const typeList: [string, number][] = [];
  const events = index.entries.map((entry) => {
    const source = sources.get(entry.source) ?? sources.size;
    sources.set(entry.source, source);
    const typeKey = `${entry.type} ${entry.revision}`;
    let type = types.get(typeKey);
    if (type === undefined) {
      type = typeList.push([entry.type, entry.revision]) - 1;
      types.set(typeKey, type);
    }
    return [entry.segment, source, type, entry.timeMicros, entry.id];
  });
  const segments = index.segments.map((s) => [s.lengthBytes, s.receivedAtMillis, s.sentAtMillis ?? null]);
  return JSON.stringify({ segments, sources: [...sources.keys()], types: typeList, events });
}

/** The inverse; undefined when the text is not an index. */
export function decodeBatchIndex(text: string): BatchIndex | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { segments, sources, types, events } = value;
  if (!Array.isArray(segments) || !Array.isArray(sources) || !Array.isArray(types) || !Array.isArray(events)) {
    return undefined;
  }
  const readSegments = segments.map(readSegment);
  const entries = events.map((event) => readEntry(event, sources, types));
  if (!readSegments.every(isDefined) || !entries.every(isDefined)) return undefined;
  if (entries.some((entry) => readSegments[entry.segment] === undefined)) return undefined;
  return { segments: readSegments, entries };
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function isWhole(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value);
}

function readSegment(value: JsonValue): BatchSegment | undefined {
  if (!Array.isArray(value)) return undefined;
  const [lengthBytes, receivedAtMillis, sentAtMillis] = value;
  if (!isWhole(lengthBytes) || lengthBytes < 0 || !isWhole(receivedAtMillis)) return undefined;
  return { lengthBytes, receivedAtMillis, ...(isWhole(sentAtMillis) ? { sentAtMillis } : {}) };
}

function readEntry(value: JsonValue, sources: JsonValue[], types: JsonValue[]): BatchIndexEntry | undefined {
  if (!Array.isArray(value)) return undefined;
  const [segment, sourceAt, typeAt, timeMicros, id] = value;
  if (typeof segment !== 'number' || typeof sourceAt !== 'number' || typeof typeAt !== 'number') return undefined;
  const source = sources[sourceAt];
  const typeEntry = types[typeAt];
  if (typeof source !== 'string' || !isWhole(timeMicros) || typeof id !== 'string') return undefined;
  if (!Array.isArray(typeEntry)) return undefined;
  const [type, revision] = typeEntry;
  if (typeof type !== 'string' || !isWhole(revision)) return undefined;
  return { segment, source, id, timeMicros, type, revision };
}
