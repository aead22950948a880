import type { DatabaseSync } from 'node:sqlite';
import { claimTables } from './claim-tables.ts';
import { type DatabaseSettings, openDatabase } from './database.ts';
import { type Durability, durabilities, GroupCommit } from './group-commit.ts';
import { type LogSync, openLogSync } from './log-sync.ts';
import { pubsubTables } from './pubsub-statements.ts';

export interface BusFileOptions {
  readonly path: string;
  readonly settings?: DatabaseSettings;
  /** Default: `power-failure`. */
  readonly durability?: Durability;
  /** Runs a task after the current turn of the event loop; `setImmediate` by default. */
  readonly defer?: (task: () => void) => void;
  /** How the log comes to the disk, where that is waited for. Default: as the file system does it. */
  readonly openLog?: (logPath: string) => LogSync;
}

/**
 * The bus and the claim index in one file, with one log: whatever a power failure takes is the end of what both did, so
 * claims are never ahead of the messages that they were made for. In files of their own, claims could outlive their
 * messages, and every resend of those would be dropped as a duplicate.
 */
export interface BusFile {
  readonly database: DatabaseSync;
  readonly commits: GroupCommit;
  /** Commits what waits and closes the file; every later commit rejects with `Unavailable`. Again it does nothing. */
  close(): void;
}

const tables = { schemaVersion: 2, sql: `${pubsubTables}; ${claimTables}` } as const;

/**
 * Opens the file, or `:memory:`, as `openDatabase` does. Its commits do not wait for the disk: whoever needs that waits
 * for a sync of the log, which holds all commits in their order, and this thread goes on meanwhile. SQLite itself syncs
 * the log before it moves pages into the file, and the file before it writes over the log (sqlite.org/wal.html).
 */
export function openBusFile({ path, settings, durability, defer, openLog = openLogSync }: BusFileOptions): BusFile {
  const database = openDatabase(path, tables, settings);
  database.exec('PRAGMA synchronous = NORMAL');
  const waits = path !== ':memory:' && (durability ?? durabilities[0]) === 'power-failure';
  const log = waits ? openLog(`${path}-wal`) : undefined;
  const commits = new GroupCommit(database, 'publisher', { ...(log && { log }), ...(defer && { defer }) });
  return {
    database,
    commits,
    close() {
      if (!database.isOpen) return;
      commits.close();
      log?.close();
      database.close();
    },
  };
}
