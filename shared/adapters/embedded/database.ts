import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { Dependency } from '../../outcome/outcome.ts';
import { Unavailable } from '../../ports/unavailable.ts';

export interface DatabaseSettings {
  /** Memory for cached pages, in KiB. */
  readonly cacheKib: number;
  /** Pages (4 KiB) in the write-ahead log after which they are moved into the database file. */
  readonly walPages: number;
}

/** 8 MiB of cache; the write-ahead log is folded in every 16 MiB. */
export const databaseDefaults: DatabaseSettings = { cacheKib: 8_192, walPages: 4_096 };

const pageBytes = 4_096;
const dependency = 'embedded storage';

/**
 * Opens a SQLite database of which this process is the only user, and creates its tables when the file is new. Folders
 * are created with mode 0700 and files with 0600. `:memory:` gives one without a file.
 *
 * What is deleted is overwritten (sqlite.org/pragma.html#pragma_secure_delete); the write-ahead log may still hold it
 * until `foldLog`.
 *
 * What is committed is on the disk, unless the caller sets `synchronous` to `NORMAL` before a transaction: that one then
 * survives the death of the process (SIGKILL), because it is in the operating system's hands, and a power failure undoes
 * it unless a later one was synced. Commits are undone from the end only, and the file is never corrupted
 * (sqlite.org/pragma.html#pragma_synchronous, sqlite.org/wal.html). Throws `Unavailable` when the file is in use by another process, or has the tables of
 * another version (`schemaVersion`).
 */
export function openDatabase(
  path: string,
  tables: { readonly schemaVersion: number; readonly sql: string },
  settings: DatabaseSettings = databaseDefaults,
): DatabaseSync {
  if (path !== ':memory:') createPrivateFile(path);
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA cache_size = -${settings.cacheKib};
      PRAGMA wal_autocheckpoint = ${settings.walPages};
      PRAGMA journal_size_limit = ${settings.walPages * pageBytes};
      PRAGMA temp_store = MEMORY;`);
    createTables(database, path, tables);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked/.test(error.message)) {
      throw new Unavailable(dependency, `${path} is in use by another process: stop that one first`, { cause: error });
    }
    throw error;
  }
}

/**
 * Folds the write-ahead log into the file and empties it, so that what was deleted is nowhere. Waits for the disk: some
 * milliseconds in which nothing else runs. Throws SQLite's error.
 */
export function foldLog(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Runs statements as one transaction, which waits for the disk once. Throws what they throw, and keeps nothing then. */
export function inTransaction<T>(database: DatabaseSync, statements: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = statements();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function createPrivateFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(path)) return;
  closeSync(openSync(path, 'a', 0o600));
  // The name of a new file is on the disk when its folder is.
  const opened = openSync(folder, 'r');
  fsyncSync(opened);
  closeSync(opened);
}

function createTables(
  database: DatabaseSync,
  path: string,
  tables: { readonly schemaVersion: number; readonly sql: string },
): void {
  const found = asNumber(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found === tables.schemaVersion) return;
  if (found !== 0) {
    const problem = `${path} has tables of version ${found}, this program needs ${tables.schemaVersion}: move it away`;
    throw new Unavailable(dependency, problem);
  }
  database.exec(`BEGIN IMMEDIATE; ${tables.sql}; PRAGMA user_version = ${tables.schemaVersion}; COMMIT`);
}

/** True for an error of SQLite itself (disk full, input/output, locked), as opposed to a bug in its caller. */
function isStorageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** Makes an error of SQLite into `Unavailable`; leaves every other as it is. SQLite's messages hold no values. */
export function asUnavailable(dependency: Dependency, error: unknown): unknown {
  if (!isStorageError(error)) return error;
  return new Unavailable(dependency, `the embedded storage did not answer: ${error.message}`, { cause: error });
}

/** The column as a number; throws where the table holds something else. */
export function asNumber(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`expected a number in the database, found ${typeof value}`);
  return value;
}

/** The column as text; throws where the table holds something else. */
export function asText(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`expected text in the database, found ${typeof value}`);
  return value;
}

/** The column as bytes; throws where the table holds something else. */
export function asBytes(value: SQLOutputValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`expected bytes in the database, found ${typeof value}`);
  return value;
}
