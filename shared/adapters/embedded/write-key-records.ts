import type { SQLOutputValue } from 'node:sqlite';
import type { WriteKeyRecord, WriteKeyRecords } from '../../ports/write-key-records.ts';
import { asNumber, asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE write_key (
      key_id TEXT PRIMARY KEY,
      hash TEXT NOT NULL,
      sdk TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID`,
} as const;

export interface EmbeddedWriteKeyRecords extends WriteKeyRecords {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the write keys on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedWriteKeyRecords(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedWriteKeyRecords {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'write-keys');
  const find = database.prepare('SELECT * FROM write_key WHERE key_id = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO write_key VALUES (?, ?, ?, ?, NULL)');
  const all = database.prepare('SELECT * FROM write_key ORDER BY created_at, key_id');
  const revoke = database.prepare('UPDATE write_key SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL');

  return {
    find: (keyId) =>
      commits.run(() => {
        const row = find.get(keyId);
        return row === undefined ? undefined : recordOf(row);
      }),
    async create({ keyId, hash, sdk, createdAtMillis }) {
      const { changes } = await commits.run(() => insert.run(keyId, hash, sdk, createdAtMillis));
      if (changes === 0) throw new RangeError(`there is a write key ${keyId} already`);
    },
    list: () => commits.run(() => all.all().map(recordOf)),
    revoke: (keyId, nowMillis) =>
      commits.run(() => {
        if (revoke.run(nowMillis, keyId).changes > 0) return 'revoked';
        return find.get(keyId) === undefined ? 'unknown' : 'already-revoked';
      }),
    close() {
      commits.close();
      database.close();
    },
  };
}

function recordOf(row: Record<string, SQLOutputValue>): WriteKeyRecord {
  const revokedAt = row['revoked_at'];
  return {
    keyId: asText(row['key_id']),
    hash: asText(row['hash']),
    sdk: asText(row['sdk']),
    createdAtMillis: asNumber(row['created_at']),
    ...(revokedAt === null ? {} : { revokedAtMillis: asNumber(revokedAt) }),
  };
}
