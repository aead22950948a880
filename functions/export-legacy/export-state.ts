import { createHash } from 'node:crypto';
import { asList, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { Checkpoint, ReaderState, RecordCounts } from '../../shared/legacy/records.ts';

/** Records of a file so far: what its reader counted, and what became of those that were mapped. */
export interface ExportCounts extends RecordCounts {
  readonly accepted: number;
  /** Of the accepted, by type and the Monday of the event's UTC week: `playback.track-played.v1 2026-11-23`. */
  readonly acceptedByWeek: Readonly<Record<string, number>>;
  /** Bad records and refused events, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Where a record that did not become an event stands, and why. */
export interface FirstBad {
  readonly reason: string;
  /** The column, or of an event the property. */
  readonly path: string;
  readonly line: number;
  /** Of its first byte, in the (decompressed) file. */
  readonly offset: number;
}

/** Of bad records and refused events, those that are told with the state of a file. */
export const maxFirstBad = 10;

/** How far one upload was exported. */
export interface ExportState {
  readonly object: string;
  readonly generation: string;
  /**
   * `refused`: the file cannot be read to its end, for `reason`. `paused`: more of its records are bad than
   * `maxBadRecords`; it begins anew under anything else than `pausedUnder`.
   */
  readonly state: 'running' | 'done' | 'refused' | 'paused';
  readonly reason?: string;
  /** Mapping, revisions of its types, and bound. */
  readonly pausedUnder?: string;
  readonly firstBad: readonly FirstBad[];
  /** Of the mapping that it is read with; with another one it begins anew. */
  readonly mappingHash: string;
  /** Its bytes are compressed, so that it is read from its beginning to go on. */
  readonly compressed: boolean;
  readonly checkpoint: Checkpoint;
  readonly counts: ExportCounts;
  readonly startedAtMillis: number;
  readonly savedAtMillis: number;
}

export const noCounts: ExportCounts = {
  records: 0,
  mapped: 0,
  skipped: 0,
  bad: 0,
  accepted: 0,
  acceptedByWeek: {},
  reasons: {},
};
export const fromStart: Checkpoint = { countFrom: { offset: 0, line: 1 }, toldTo: 0 };

const dayMillis = 86_400_000;

/** One record's day is mostly the next one's. */
let last = { day: Number.NaN, week: '' };

/** The Monday of an instant's UTC week, YYYY-MM-DD. */
export function weekOf(epochMillis: number): string {
  const day = Math.floor(epochMillis / dayMillis);
  if (day !== last.day) last = { day, week: weekOfDay(day) };
  return last.week;
}

function weekOfDay(day: number): string {
  // Day 0 was a Thursday.
  const daysSinceMonday = (((day + 3) % 7) + 7) % 7;
  return new Date((day - daysSinceMonday) * dayMillis).toISOString().slice(0, 10);
}

/** Names one upload of one object. */
export function exportKey({ object, generation }: Pick<ExportState, 'object' | 'generation'>): string {
  return createHash('sha256')
    .update(JSON.stringify([object, generation]))
    .digest('hex');
}

export function stateJson(state: ExportState): JsonObject {
  const { checkpoint, counts, firstBad, ...plain } = state;
  return {
    ...plain,
    checkpoint: { toldTo: checkpoint.toldTo, countFrom: readerStateJson(checkpoint.countFrom) },
    counts: { ...counts, acceptedByWeek: { ...counts.acceptedByWeek }, reasons: { ...counts.reasons } },
    firstBad: firstBad.map((one) => ({ ...one })),
  };
}

function readerStateJson({ offset, line, names, types, directives }: ReaderState): JsonObject {
  return {
    offset,
    line,
    ...(names === undefined ? {} : { names: [...names] }),
    ...(types === undefined ? {} : { types: [...types] }),
    ...(directives === undefined ? {} : { directives: { ...directives } }),
  };
}

/** Undefined for what is no state of this release: the file is exported anew, which changes nothing. */
export function readState(value: JsonObject): ExportState | undefined {
  const { object, generation, state, reason, pausedUnder, mappingHash, compressed, startedAtMillis, savedAtMillis } =
    value;
  const checkpoint = readCheckpoint(value['checkpoint']);
  const counts = readCounts(value['counts']);
  if (typeof object !== 'string' || typeof generation !== 'string' || typeof mappingHash !== 'string') return undefined;
  if (state !== 'running' && state !== 'done' && state !== 'refused' && state !== 'paused') return undefined;
  if (typeof startedAtMillis !== 'number' || typeof savedAtMillis !== 'number') return undefined;
  if (checkpoint === undefined || counts === undefined || typeof compressed !== 'boolean') return undefined;
  return {
    ...{ object, generation, mappingHash, compressed, checkpoint, counts, startedAtMillis, savedAtMillis },
    state,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof pausedUnder === 'string' ? { pausedUnder } : {}),
    firstBad: readFirstBad(value['firstBad']),
  };
}

/** What is none is left out: it is told to people alone. */
export function readFirstBad(value: JsonValue | undefined): FirstBad[] {
  return asList(value).flatMap((one) => {
    const { reason, path, line, offset } = asObject(one);
    const isOne = typeof reason === 'string' && typeof path === 'string';
    return isOne && typeof line === 'number' && typeof offset === 'number' ? [{ reason, path, line, offset }] : [];
  });
}

function readCheckpoint(value: JsonValue | undefined): Checkpoint | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['countFrom'])) return undefined;
  const { toldTo, countFrom } = value;
  const { offset, line, names, types, directives } = countFrom;
  if (typeof toldTo !== 'number' || typeof offset !== 'number' || typeof line !== 'number') return undefined;
  return {
    toldTo,
    countFrom: {
      offset,
      line,
      ...(isTexts(names) ? { names } : {}),
      ...(isTexts(types) ? { types } : {}),
      ...(isJsonObject(directives) ? { directives: textsOf(directives) } : {}),
    },
  };
}

function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function textsOf(value: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

function readCounts(value: JsonValue | undefined): ExportCounts | undefined {
  if (!isJsonObject(value)) return undefined;
  const { records, mapped, skipped, bad, accepted, acceptedByWeek, reasons } = value;
  const all = [records, mapped, skipped, bad, accepted].map(Number);
  if (!isJsonObject(reasons) || all.some((count) => !Number.isSafeInteger(count))) return undefined;
  const [recordCount = 0, mappedCount = 0, skippedCount = 0, badCount = 0, acceptedCount = 0] = all;
  return {
    records: recordCount,
    mapped: mappedCount,
    skipped: skippedCount,
    bad: badCount,
    accepted: acceptedCount,
    acceptedByWeek: numbersOf(asObject(acceptedByWeek)),
    reasons: numbersOf(reasons),
  };
}

function numbersOf(value: JsonObject): Record<string, number> {
  return Object.fromEntries(Object.entries(value).map(([name, count]) => [name, Number(count)]));
}
