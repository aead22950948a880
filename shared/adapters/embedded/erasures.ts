import { erasureJson, parseErasure } from '../../erasure/erasure-json.ts';
import type { Erasures } from '../../ports/erasures.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asText } from './database.ts';
import { saveRow, versionOf } from './versioned-row.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE erasure (id TEXT PRIMARY KEY, erasure TEXT NOT NULL, version INTEGER NOT NULL) STRICT',
} as const;

/** Opens the records of erasures on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedErasures(options: FileOptions): Erasures & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'erasures');
  const find = database.prepare('SELECT erasure, version FROM erasure WHERE id = ?');
  const write = database.prepare('INSERT OR REPLACE INTO erasure VALUES (?, ?, ?)');
  return {
    find: (id) =>
      commits.run(() => {
        const row = find.get(id);
        if (row === undefined) return undefined;
        return { erasure: parseErasure(asText(row['erasure'])), version: versionOf(row) };
      }),
    save(erasure, version) {
      const text = JSON.stringify(erasureJson(erasure));
      return commits.run(() => saveRow(find.get(erasure.id), version, (next) => write.run(erasure.id, text, next)));
    },
    close,
  };
}
