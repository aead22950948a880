import type { DatabaseSync } from 'node:sqlite';
import type { Dependency } from '../../outcome/outcome.ts';
import { type DatabaseSettings, openDatabase } from './database.ts';
import { type Durability, durabilities, GroupCommit } from './group-commit.ts';
import { type LogSync, openLogSync } from './log-sync.ts';

/** A SQLite file, or `:memory:`. */
export interface FileOptions {
  readonly path: string;
  readonly settings?: DatabaseSettings;
  /** How the log comes to the disk, where that is waited for. Default: as the file system does it. */
  readonly openLog?: (logPath: string) => LogSync;
}

interface CommitOptions {
  /** Default: `power-failure`. */
  readonly durability?: Durability;
  /** Runs a task after the current turn of the event loop; `setImmediate` by default. */
  readonly defer?: (task: () => void) => void;
}

export interface Closable {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. Again it does nothing. */
  close(): void;
}

export interface CommittedFile extends Closable {
  readonly database: DatabaseSync;
  /** Calls of one turn share a transaction. */
  readonly commits: GroupCommit;
}

/**
 * Opens the file of a port, as `openDatabase` does; `dependency` is the port's name in `Unavailable`. Its commits do not
 * wait for the disk: whoever needs that waits for a sync of the log, which holds all commits in their order, and this
 * thread goes on meanwhile. SQLite itself syncs the log before it moves pages into the file, and the file before it writes
 * over the log (sqlite.org/wal.html).
 */
export function openCommittedFile(
  { path, settings, openLog = openLogSync, durability = durabilities[0], defer }: FileOptions & CommitOptions,
  tables: Parameters<typeof openDatabase>[1],
  dependency: Dependency,
): CommittedFile {
  const database = openDatabase(path, tables, settings);
  database.exec('PRAGMA synchronous = NORMAL');
  const log = path !== ':memory:' && durability === 'power-failure' ? openLog(`${path}-wal`) : undefined;
  const commits = new GroupCommit(database, dependency, { ...(log && { log }), ...(defer && { defer }) });
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
