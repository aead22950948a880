import { erasureJson, parseErasure } from '../../erasure/erasure-json.ts';
import type { Erasures } from '../../ports/erasures.ts';
import { asNumber, asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE erasure (id TEXT PRIMARY KEY, erasure TEXT NOT NULL, version INTEGER NOT NULL) STRICT',
} as const;

export interface EmbeddedErasures extends Erasures {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the records of erasures on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedErasures(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedErasures {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'erasures');
  const find = database.prepare('SELECT erasure, version FROM erasure WHERE id = ?');
  const write = database.prepare('INSERT OR REPLACE INTO erasure VALUES (?, ?, ?)');
  return {
    find: (id) =>
      commits.run(() => {
        const row = find.get(id);
        if (row === undefined) return undefined;
        return { erasure: parseErasure(asText(row['erasure'])), version: String(asNumber(row['version'])) };
      }),
    save(erasure, version) {
      const text = JSON.stringify(erasureJson(erasure));
      return commits.run(() => {
        const stored = find.get(erasure.id)?.['version'];
        if ((stored === undefined ? undefined : String(asNumber(stored))) !== version) return 'changed';
        const next = Number(version ?? 0) + 1;
        write.run(erasure.id, text, next);
        return String(next);
      });
    },
    close() {
      commits.close();
      database.close();
    },
  };
}
