import type { SubjectSourceRecords, SubjectSources } from '../../ports/subject-sources.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asText } from './database.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE pair (subject_id TEXT, source_id TEXT, PRIMARY KEY (subject_id, source_id)) STRICT, WITHOUT ROWID;
    CREATE INDEX pair_of_source ON pair (source_id)`,
} as const;

/** Opens what subjects were seen with on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedSubjectSources(options: FileOptions): SubjectSources & SubjectSourceRecords & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'subject-sources');
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
    close,
  };
}
