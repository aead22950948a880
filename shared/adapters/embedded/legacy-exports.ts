import { asObject, parseJson } from '../../event/json.ts';
import type { LegacyExports } from '../../ports/legacy-exports.ts';
import { asNumber, asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE export (key TEXT PRIMARY KEY, state TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
} as const;

export interface EmbeddedLegacyExports extends LegacyExports {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the checkpoints of legacy files on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedLegacyExports(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedLegacyExports {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'exports');
  const read = database.prepare('SELECT state, version FROM export WHERE key = ?');
  const write = database.prepare('INSERT OR REPLACE INTO export VALUES (?, ?, ?)');
  return {
    find: (key) =>
      commits.run(() => {
        const row = read.get(key);
        if (row === undefined) return undefined;
        return { state: asObject(parseJson(asText(row['state']))), version: String(asNumber(row['version'])) };
      }),
    save: (key, state, version) =>
      commits.run(() => {
        const stored = read.get(key)?.['version'];
        if ((stored === undefined ? undefined : String(asNumber(stored))) !== version) return 'changed';
        const next = Number(version ?? 0) + 1;
        write.run(key, JSON.stringify(state), next);
        return String(next);
      }),
    close() {
      commits.close();
      database.close();
    },
  };
}
