import type { SubjectKeyRecords } from '../../ports/subject-key-records.ts';
import { asBytes, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE subject_key (id TEXT PRIMARY KEY, keyset BLOB NOT NULL) STRICT, WITHOUT ROWID',
} as const;

export interface EmbeddedSubjectKeyRecords extends SubjectKeyRecords {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the keys of data subjects on a SQLite file of its own, or `:memory:`. Calls of one turn share a transaction. */
export function openEmbeddedSubjectKeyRecords(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedSubjectKeyRecords {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'subject-keys');
  const find = database.prepare('SELECT keyset FROM subject_key WHERE id = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO subject_key VALUES (?, ?)');

  return {
    read: (ids) =>
      commits.run(() =>
        ids.map((id) => {
          const row = find.get(id);
          return row === undefined ? undefined : asBytes(row['keyset']);
        }),
      ),
    createMissing: (records) =>
      commits.run(() =>
        records.map(({ id, encryptedKeyset }) => {
          insert.run(id, encryptedKeyset);
          return asBytes(find.get(id)?.['keyset']);
        }),
      ),
    close() {
      commits.close();
      database.close();
    },
  };
}
