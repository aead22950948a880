import type { ReplayMarks } from '../../ports/replay-marks.ts';
import { asNumber, asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE mark (
      record_id TEXT PRIMARY KEY,
      reason TEXT NOT NULL,
      type TEXT,
      replayed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
} as const;

export interface EmbeddedReplayMarks extends ReplayMarks {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the marks of replayed records on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedReplayMarks(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedReplayMarks {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'replay-marks');
  const find = database.prepare('SELECT 1 FROM mark WHERE record_id = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO mark VALUES (?, ?, ?, ?)');
  const count = database.prepare(
    'SELECT reason, type, count(*) AS records FROM mark GROUP BY reason, type ORDER BY reason, type',
  );

  return {
    replayed: (recordKeys) => commits.run(() => new Set(recordKeys.filter((id) => find.get(id) !== undefined))),
    mark: (marks) =>
      commits.run(() => {
        for (const { recordKey, reason, type, replayedAtMillis } of marks) {
          insert.run(recordKey, reason, type ?? null, replayedAtMillis);
        }
      }),
    counts: () =>
      commits.run(() =>
        count.all().map(({ reason, type, records }) => ({
          reason: asText(reason),
          ...(type === null ? {} : { type: asText(type) }),
          records: asNumber(records),
        })),
      ),
    close() {
      commits.close();
      database.close();
    },
  };
}
