import { isDeepStrictEqual } from 'node:util';
import { Unavailable } from '../../ports/unavailable.ts';
import type { WriteKeyRecord, WriteKeyRecords } from '../../ports/write-key-records.ts';
import { assertCollection, documentPath } from './document-path.ts';
import type { FirestoreDatabase, FirestoreDocument } from './firestore-database.ts';
import { millisOf, textOf, textValue, timeValue } from './firestore-values.ts';

/** A list of more would be a leak in whatever creates keys. */
const maxListedKeys = 10_000;
const maxRevokeRounds = 5;

/**
 * Write keys in Firestore: `{hash, sdk, createdAt, revokedAt?}` under the key's id, so that a look-up and a revocation
 * touch one document and need no index. `collection` is `writeKeys` by default.
 */
export function createFirestoreWriteKeyRecords(options: {
  readonly database: FirestoreDatabase;
  readonly collection?: string;
}): WriteKeyRecords {
  const { database, collection = 'writeKeys' } = options;
  assertCollection(collection);

  async function read(keyId: string): Promise<FirestoreDocument | undefined> {
    const path = documentPath(collection, keyId);
    return (await database.read([path])).get(path);
  }

  return {
    async find(keyId) {
      const document = await read(keyId);
      return document === undefined ? undefined : decode(document);
    },
    async create({ keyId, hash, sdk, createdAtMillis }) {
      const fields = { hash: textValue(hash), sdk: textValue(sdk), createdAt: timeValue(createdAtMillis) };
      const outcome = await database.commit([{ path: documentPath(collection, keyId), fields, expected: 'absent' }]);
      if (outcome === 'committed') return;
      // The answer to a first attempt can get lost: then the key that is in the way is this one.
      const stored = await read(keyId);
      const isThisOne =
        stored !== undefined && isDeepStrictEqual(decode(stored), { keyId, hash, sdk, createdAtMillis });
      if (!isThisOne) throw new RangeError(`there is a write key ${keyId} already`);
    },
    async list() {
      const documents = await database.list(collection, maxListedKeys);
      return documents.map(decode).sort((a, b) => a.createdAtMillis - b.createdAtMillis);
    },
    async revoke(keyId, nowMillis) {
      for (let round = 0; round < maxRevokeRounds; round += 1) {
        const document = await read(keyId);
        if (document === undefined) return 'unknown';
        if (document.fields['revokedAt'] !== undefined) return 'already-revoked';
        const fields = { ...document.fields, revokedAt: timeValue(nowMillis) };
        const outcome = await database.commit([{ path: document.path, fields, expected: document.version }]);
        if (outcome === 'committed') return 'revoked';
      }
      throw new Unavailable('write-keys', 'others kept changing the same write key');
    },
  };
}

function decode({ path, fields }: FirestoreDocument): WriteKeyRecord {
  return {
    keyId: path.slice(path.indexOf('/k') + 2),
    hash: textOf(fields, 'hash'),
    sdk: textOf(fields, 'sdk'),
    createdAtMillis: millisOf(fields, 'createdAt'),
    ...(fields['revokedAt'] ? { revokedAtMillis: millisOf(fields, 'revokedAt') } : {}),
  };
}
