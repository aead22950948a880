import type { DatabaseSync } from 'node:sqlite';
import type { ClaimDocuments, ClaimDocumentWrite, StoredClaimDocument } from '../../ports/claim-documents.ts';
import { assertClaimWrites } from '../claim-document-limits.ts';
import { decodeClaims, encodeClaims } from './claim-encoding.ts';
import { asBytes, asNumber, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

/**
 * `write_counter` gives every write a version of its own, so that a document that was purged and made anew never has a
 * version that somebody remembers of the old one.
 */
const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE write_counter (value INTEGER NOT NULL) STRICT;
    INSERT INTO write_counter VALUES (0);
    CREATE TABLE claim_document (
      key TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      expire_at INTEGER NOT NULL,
      split INTEGER NOT NULL,
      claims BLOB NOT NULL
    ) STRICT;
    CREATE INDEX claim_document_by_expiry ON claim_document (expire_at)`,
} as const;

export interface EmbeddedClaimDocuments extends ClaimDocuments {
  /**
   * Deletes up to `maxDocuments` documents that expired at or before `nowMillis`, longest expired first; answers how
   * many. In the cloud, Firestore's TTL policy does this. Rejects with `Unavailable`.
   */
  purgeExpired(nowMillis: number, maxDocuments: number): Promise<number>;
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the claim index on a SQLite file of its own, or `:memory:`. Calls of one turn share a transaction. */
export function openEmbeddedClaimDocuments(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedClaimDocuments {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'claim-documents');
  const statements = prepare(database);

  return {
    read: (keys) => commits.run(() => keys.map((key) => find(statements, key))),
    async write(writes) {
      assertClaimWrites(writes);
      const encoded = writes.map((write) => ({ ...write, claims: encodeClaims(write.document.claims) }));
      return await commits.run(() => encoded.map((write) => writeOne(statements, write)));
    },
    purgeExpired: (nowMillis, maxDocuments) =>
      commits.run(() => Number(statements.purge.run(nowMillis, maxDocuments).changes)),
    close() {
      commits.close();
      database.close();
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    find: database.prepare('SELECT version, expire_at, split, claims FROM claim_document WHERE key = ?'),
    findVersion: database.prepare('SELECT version FROM claim_document WHERE key = ?'),
    countWrite: database.prepare('UPDATE write_counter SET value = value + 1 RETURNING value'),
    insert: database.prepare(
      'INSERT INTO claim_document (version, expire_at, split, claims, key) VALUES (?, ?, ?, ?, ?)',
    ),
    update: database.prepare(
      'UPDATE claim_document SET version = ?, expire_at = ?, split = ?, claims = ? WHERE key = ?',
    ),
    purge: database.prepare(`DELETE FROM claim_document WHERE rowid IN (
      SELECT rowid FROM claim_document WHERE expire_at <= ? ORDER BY expire_at LIMIT ?)`),
  };
}

function find(statements: Statements, key: string): StoredClaimDocument | undefined {
  const row = statements.find.get(key);
  if (row === undefined) return undefined;
  return {
    claims: decodeClaims(asBytes(row['claims'])),
    expireAtMillis: asNumber(row['expire_at']),
    ...(asNumber(row['split']) === 1 ? { split: true } : {}),
    version: String(asNumber(row['version'])),
  };
}

function writeOne(
  statements: Statements,
  { key, document, expected, claims }: ClaimDocumentWrite & { readonly claims: Uint8Array },
): 'written' | 'conflict' {
  const row = statements.findVersion.get(key);
  const current = row === undefined ? 'absent' : String(asNumber(row['version']));
  if (current !== expected) return 'conflict';
  const version = asNumber(statements.countWrite.get()?.['value']);
  const statement = row === undefined ? statements.insert : statements.update;
  statement.run(version, document.expireAtMillis, document.split ? 1 : 0, claims, key);
  return 'written';
}
