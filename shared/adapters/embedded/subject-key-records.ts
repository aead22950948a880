import { objectionsText, readObjections } from '../../ports/objections.ts';
import {
  nextTombstone,
  type StoredKey,
  type SubjectKeyErasures,
  type SubjectKeyRecords,
  type SubjectObjections,
  type Tombstone,
  withObjection,
} from '../../ports/subject-key-records.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asBytes, asNumber, asUnavailable, foldLog } from './database.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE subject_key (id TEXT PRIMARY KEY, keyset BLOB NOT NULL) STRICT, WITHOUT ROWID',
} as const;

/** Beside the first table, whose version stays: a file that knows no erasures yet is read as it is. */
const tombstoneTable = `
  CREATE TABLE IF NOT EXISTS tombstone (
    id TEXT PRIMARY KEY, generation INTEGER NOT NULL, cutoff_millis INTEGER NOT NULL, erased_at_millis INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`;

const objectionTable =
  'CREATE TABLE IF NOT EXISTS objection (id TEXT PRIMARY KEY, objections TEXT NOT NULL) STRICT, WITHOUT ROWID';

type Keys = SubjectKeyRecords & SubjectKeyErasures & SubjectObjections;

/**
 * Opens the keys of data subjects on a SQLite file of its own, or `:memory:`. Calls of one turn share a transaction. What
 * an erasure destroys is overwritten, and gone from the write-ahead log, when it answers.
 */
export function openEmbeddedSubjectKeyRecords(options: FileOptions): Keys & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'subject-keys');
  database.exec(tombstoneTable);
  database.exec(objectionTable);
  const find = database.prepare('SELECT keyset FROM subject_key WHERE id = ?');
  const insert = database.prepare('INSERT INTO subject_key VALUES (?, ?)');
  const destroy = database.prepare('DELETE FROM subject_key WHERE id = ?');
  const findTombstone = database.prepare('SELECT * FROM tombstone WHERE id = ?');
  const findObjections = database.prepare('SELECT objections FROM objection WHERE id = ?');
  const object = database.prepare('INSERT OR REPLACE INTO objection VALUES (?, ?)');
  const bury = database.prepare('INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?)');

  function tombstoneOf(id: string): Tombstone | undefined {
    const row = findTombstone.get(id);
    if (row === undefined) return undefined;
    return {
      kind: 'tombstone',
      generation: asNumber(row['generation']),
      cutoffMillis: asNumber(row['cutoff_millis']),
      erasedAtMillis: asNumber(row['erased_at_millis']),
    };
  }

  function stored(id: string): StoredKey | undefined {
    const row = find.get(id);
    const key: StoredKey | undefined =
      row === undefined ? tombstoneOf(id) : { kind: 'keyset', encryptedKeyset: asBytes(row['keyset']) };
    const objections = key === undefined ? undefined : findObjections.get(id)?.['objections'];
    return key === undefined || objections === undefined
      ? key
      : { ...key, objections: readObjections(String(objections)) };
  }

  return {
    read: (ids) => commits.run(() => ids.map(stored)),
    createMissing: (records) =>
      commits.run(() =>
        records.map(({ id, encryptedKeyset }) => {
          const found = stored(id);
          if (found !== undefined) return found;
          insert.run(id, encryptedKeyset);
          return { kind: 'keyset', encryptedKeyset: Uint8Array.from(encryptedKeyset) };
        }),
      ),
    async erase(subjects, times) {
      const erased = await commits.run(() =>
        subjects.map(({ idOf }) => {
          const first = stored(idOf(0));
          const current = idOf(first?.kind === 'tombstone' ? first.generation : 0);
          const hadKey = find.get(current) !== undefined;
          const tombstone = nextTombstone(first, times);
          destroy.run(current);
          const { generation, cutoffMillis, erasedAtMillis } = tombstone;
          for (const id of [current, idOf(0)]) bury.run(id, generation, cutoffMillis, erasedAtMillis);
          return { hadKey, tombstone };
        }),
      );
      try {
        foldLog(database);
      } catch (error) {
        throw asUnavailable('subject-keys', error);
      }
      return erased;
    },
    changeObjections: (firstIds, change) =>
      commits.run(() => {
        const changed = firstIds.filter((id) => {
          const found = stored(id);
          const next = withObjection(found, change);
          if (next === undefined) return false;
          if (found === undefined && next.kind === 'tombstone') {
            bury.run(id, next.generation, next.cutoffMillis, next.erasedAtMillis);
          }
          object.run(id, objectionsText(next.objections ?? []));
          return true;
        });
        return changed.length;
      }),
    close,
  };
}
