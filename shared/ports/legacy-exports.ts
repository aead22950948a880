import type { JsonObject } from '../event/json.ts';

/** How far the export of one upload of a legacy file has come: plain JSON, which who exports reads and writes. */
export interface StoredExport {
  readonly state: JsonObject;
  /** Another after every save. */
  readonly version: string;
}

/**
 * Checkpoints of legacy files, by a key that names one upload of one object (64 characters of hex). Who saves says which
 * version it has read, so that of two that export one file one goes on. What is lost is exported again, which changes
 * nothing. A state may be forgotten `exportDays` after it was saved last. All calls reject with
 * `Unavailable`.
 */
export interface LegacyExports {
  find(key: string): Promise<StoredExport | undefined>;
  /** Answers with the version, or `changed` where the state is not the one that was read. */
  save(key: string, state: JsonObject, at: ExportSave): Promise<string | 'changed'>;
  /** Every state, for a report; the order says nothing. Rejects with a `RangeError` beyond `maxListedExports`. */
  list(): Promise<JsonObject[]>;
}

interface ExportSave {
  /** The version that was read; undefined: there was none. */
  readonly version: string | undefined;
  /** Now, from which the days of the state are counted. */
  readonly atMillis: number;
}

/** Two years: far longer than a file or its notification is there, and more weeks than a report looks back. */
const exportDays = 730;

/** From when on a state that was saved then may be forgotten. */
export function exportExpiryMillis(savedAtMillis: number): number {
  return savedAtMillis + exportDays * 86_400_000;
}

/** Files that one report tells of: a file every ten minutes for two years. */
export const maxListedExports = 100_000;
