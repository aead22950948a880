import { asObject, parseJson } from '../../event/json.ts';
import type { LegacyExports } from '../../ports/legacy-exports.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asText } from './database.ts';
import { saveRow, versionOf } from './versioned-row.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE export (key TEXT PRIMARY KEY, state TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
} as const;

/** Opens the checkpoints of legacy files on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedLegacyExports(options: FileOptions): LegacyExports & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'exports');
  const read = database.prepare('SELECT state, version FROM export WHERE key = ?');
  const write = database.prepare('INSERT OR REPLACE INTO export VALUES (?, ?, ?)');
  return {
    find: (key) =>
      commits.run(() => {
        const row = read.get(key);
        if (row === undefined) return undefined;
        return { state: asObject(parseJson(asText(row['state']))), version: versionOf(row) };
      }),
    save: (key, state, version) =>
      commits.run(() => saveRow(read.get(key), version, (next) => write.run(key, JSON.stringify(state), next))),
    close,
  };
}
