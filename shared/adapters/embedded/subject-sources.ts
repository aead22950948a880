import type { SubjectSourceRecords, SubjectSources } from '../../ports/subject-sources.ts';
import { asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE pair (subject_id TEXT, source_id TEXT, PRIMARY KEY (subject_id, source_id)) STRICT, WITHOUT ROWID;
    CREATE INDEX pair_of_source ON pair (source_id)`,
} as const;

export interface EmbeddedSubjectSources extends SubjectSources, SubjectSourceRecords {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens what subjects were seen with on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedSubjectSources(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedSubjectSources {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'subject-sources');
  const insert = database.prepare('INSERT OR IGNORE INTO pair VALUES (?, ?)');
  const sources = database.prepare('SELECT source_id AS id FROM pair WHERE subject_id = ? LIMIT ?');
  const subjects = database.prepare('SELECT subject_id AS id FROM pair WHERE source_id = ? LIMIT ?');
  const remove = database.prepare('DELETE FROM pair WHERE subject_id = ? AND source_id = ?');
  return {
    record: (pairs) =>
      commits.run(() => {
        for (const { subjectId, sourceId } of pairs) insert.run(subjectId, sourceId);
      }),
    sourcesOf: (subjectId, max) => commits.run(() => sources.all(subjectId, max).map(({ id }) => asText(id))),
    subjectsOf: (sourceId, max) => commits.run(() => subjects.all(sourceId, max).map(({ id }) => asText(id))),
    forget: (pairs) =>
      commits.run(() => {
        for (const { subjectId, sourceId } of pairs) remove.run(subjectId, sourceId);
      }),
    close() {
      commits.close();
      database.close();
    },
  };
}
