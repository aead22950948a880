import type { DatabaseSync } from 'node:sqlite';
import type { ClaimDocuments, ClaimDocumentWrite, StoredClaimDocument } from '../../ports/claim-documents.ts';
import { assertClaimWrites } from '../claim-document-limits.ts';
import type { BusFile } from './bus-file.ts';
import { decodeClaims, encodeClaims } from './claim-encoding.ts';
import { asBytes, asNumber } from './database.ts';

export interface EmbeddedClaimDocuments extends ClaimDocuments {
  /**
   * Deletes up to `maxDocuments` documents that expired at or before `nowMillis`, longest expired first; answers how
   * many. In the cloud, Firestore's TTL policy does this. Rejects with `Unavailable`.
   */
  purgeExpired(nowMillis: number, maxDocuments: number): Promise<number>;
  /** Deletes them all: whatever was claimed may come again. */
  clear(): Promise<void>;
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/**
 * The claim index in the file of its bus, which outlasts it. Calls of one turn share a transaction with each other and
 * with the bus. Nothing waits for the disk: what claims is published afterwards, and nothing overtakes in one file.
 */
export function claimDocumentsIn(file: BusFile): EmbeddedClaimDocuments {
  const statements = prepare(file.database);
  const run = <T>(operation: () => T) => file.commits.run(operation, { dependency: 'claim-documents', synced: false });
  return {
    read: (keys) => run(() => keys.map((key) => find(statements, key))),
    async write(writes) {
      assertClaimWrites(writes);
      const encoded = writes.map((write) => ({ ...write, claims: encodeClaims(write.document.claims) }));
      return await run(() => encoded.map((write) => writeOne(statements, write)));
    },
    purgeExpired: (nowMillis, maxDocuments) => run(() => Number(statements.purge.run(nowMillis, maxDocuments).changes)),
    clear: () => run(() => void statements.clear.run()),
    close: () => file.close(),
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
    clear: database.prepare('DELETE FROM claim_document'),
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
