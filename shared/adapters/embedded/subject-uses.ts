import type { SubjectUseRecords, SubjectUses } from '../../ports/subject-uses.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asText } from './database.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE use (month TEXT, subject_id TEXT, PRIMARY KEY (month, subject_id)) STRICT, WITHOUT ROWID',
} as const;

/** Opens the marks of subjects that were seen on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedSubjectUses(options: FileOptions): SubjectUses & SubjectUseRecords & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'subject-uses');
  const insert = database.prepare('INSERT OR IGNORE INTO use VALUES (?, ?)');
  const listed = database.prepare('SELECT subject_id AS id FROM use WHERE month = ? LIMIT ?');
  const found = database.prepare('SELECT 1 FROM use WHERE month = ? AND subject_id = ?');
  const remove = database.prepare('DELETE FROM use WHERE month = ? AND subject_id = ?');
  return {
    mark: (month, ids) =>
      commits.run(() => {
        for (const id of ids) insert.run(month, id);
      }),
    seenIn: (month, max) => commits.run(() => listed.all(month, max).map(({ id }) => asText(id))),
    amongSeenIn: (month, ids) => commits.run(() => new Set(ids.filter((id) => found.get(month, id) !== undefined))),
    forget: (month, ids) =>
      commits.run(() => {
        for (const id of ids) remove.run(month, id);
      }),
    close,
  };
}
