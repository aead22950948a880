import type { DatabaseSync } from 'node:sqlite';
import { claimTables } from './claim-tables.ts';
import { type DatabaseSettings, openDatabase } from './database.ts';
import { type Durability, GroupCommit } from './group-commit.ts';
import { pubsubTables } from './pubsub-statements.ts';

export interface BusFileOptions {
  readonly path: string;
  readonly settings?: DatabaseSettings;
  /** Default: `power-failure`. */
  readonly durability?: Durability;
  /** Runs a task after the current turn of the event loop; `setImmediate` by default. */
  readonly defer?: (task: () => void) => void;
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

/** Opens the file, or `:memory:`, as `openDatabase` does. */
export function openBusFile({ path, settings, durability, defer }: BusFileOptions): BusFile {
  const database = openDatabase(path, tables, settings);
  const commits = new GroupCommit(database, 'publisher', {
    ...(durability && { durability }),
    ...(defer && { defer }),
  });
  return {
    database,
    commits,
    close() {
      if (!database.isOpen) return;
      commits.close();
      database.close();
    },
  };
}
