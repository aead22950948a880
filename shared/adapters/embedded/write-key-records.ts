import type { SQLOutputValue } from 'node:sqlite';
import type { WriteKeyRecord, WriteKeyRecords } from '../../ports/write-key-records.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asNumber, asText } from './database.ts';

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

/** Opens the write keys on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedWriteKeyRecords(options: FileOptions): WriteKeyRecords & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'write-keys');
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
    close,
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
