import { asObject, parseJson } from '../../event/json.ts';
import { exportExpiryMillis, type LegacyExports, maxListedExports } from '../../ports/legacy-exports.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asText } from './database.ts';
import { saveRow, versionOf } from './versioned-row.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE export (key TEXT PRIMARY KEY, state TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
} as const;

/** A table of its own: folders of before have no expiries, and get them as their files are saved. */
const expiryTable =
  'CREATE TABLE IF NOT EXISTS expiry (key TEXT PRIMARY KEY, expire_at INTEGER NOT NULL) STRICT, WITHOUT ROWID';

/** Opens the checkpoints of legacy files on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedLegacyExports(options: FileOptions): LegacyExports & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'exports');
  database.exec(expiryTable);
  const read = database.prepare('SELECT state, version FROM export WHERE key = ?');
  const write = database.prepare('INSERT OR REPLACE INTO export VALUES (?, ?, ?)');
  const expire = database.prepare('INSERT OR REPLACE INTO expiry VALUES (?, ?)');
  const forgetStates = database.prepare('DELETE FROM export WHERE key IN (SELECT key FROM expiry WHERE expire_at < ?)');
  const forgetExpiries = database.prepare('DELETE FROM expiry WHERE expire_at < ?');
  const readAll = database.prepare('SELECT state FROM export ORDER BY key LIMIT ?');
  return {
    find: (key) =>
      commits.run(() => {
        const row = read.get(key);
        if (row === undefined) return undefined;
        return { state: asObject(parseJson(asText(row['state']))), version: versionOf(row) };
      }),
    save: (key, state, { version, atMillis }) =>
      commits.run(() =>
        saveRow(read.get(key), version, (next) => {
          write.run(key, JSON.stringify(state), next);
          expire.run(key, exportExpiryMillis(atMillis));
          // A file begins: what nobody asks for any more goes.
          if (version !== undefined) return;
          forgetStates.run(atMillis);
          forgetExpiries.run(atMillis);
        }),
      ),
    list: () =>
      commits.run(() => {
        const rows = readAll.all(maxListedExports + 1);
        if (rows.length > maxListedExports) throw new RangeError(`there are more than ${maxListedExports} exports`);
        return rows.map((row) => asObject(parseJson(asText(row['state']))));
      }),
    close,
  };
}
