import type { DatabaseSync } from 'node:sqlite';
import type { Dependency } from '../../outcome/outcome.ts';
import { type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

/** A SQLite file of one port alone, or `:memory:`. */
export interface FileOptions {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}

export interface Closable {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

interface CommittedFile extends Closable {
  readonly database: DatabaseSync;
  /** Calls of one turn share a transaction. */
  readonly commits: GroupCommit;
}

/** Opens the file of a port, as `openDatabase` does; `dependency` is the port's name in `Unavailable`. */
export function openCommittedFile(
  { path, settings }: FileOptions,
  tables: Parameters<typeof openDatabase>[1],
  dependency: Dependency,
): CommittedFile {
  const database = openDatabase(path, tables, settings);
  const commits = new GroupCommit(database, dependency);
  return {
    database,
    commits,
    close() {
      commits.close();
      database.close();
    },
  };
}
