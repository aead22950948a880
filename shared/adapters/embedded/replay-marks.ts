import type { ReplayMarks } from '../../ports/quarantine-records.ts';
import { type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE replay_mark (
      record_id TEXT PRIMARY KEY,
      replayed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
} as const;

export interface EmbeddedReplayMarks extends ReplayMarks {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the marks of replayed quarantine records on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedReplayMarks(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedReplayMarks {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'replay-marks');
  const find = database.prepare('SELECT 1 FROM replay_mark WHERE record_id = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO replay_mark VALUES (?, ?)');
  return {
    marked: (recordIds) => commits.run(() => new Set(recordIds.filter((id) => find.get(id) !== undefined))),
    mark: (recordIds, nowMillis) =>
      commits.run(() => {
        for (const id of recordIds) insert.run(id, nowMillis);
      }),
    close() {
      commits.close();
      database.close();
    },
  };
}
