import type { ClaimDocument, ClaimDocuments, StoredClaimDocument } from '../../ports/claim-documents.ts';
import type { Random } from '../../ports/random.ts';
import { assertClaimWrites } from '../claim-document-limits.ts';
import { systemRandom } from '../system-random.ts';
import { assertCollection, documentPath } from './document-path.ts';
import type { FirestoreDatabase, FirestoreDocument, FirestoreFields } from './firestore-database.ts';
import { bytesOf, bytesValue, mapOf, mapValue, millisOf, timeValue } from './firestore-values.ts';

const writeIdBytes = 8;

export interface FirestoreClaimDocumentsOptions {
  readonly database: FirestoreDatabase;
  /** Default `claims`. A TTL policy on its field `expireAt` deletes what has expired. */
  readonly collection?: string;
  readonly random?: Random;
}

/**
 * Claim documents in Firestore: `{claims: {<owner>: bytes}, split?: true, expireAt, writeId}`. None of the fields is
 * queried, so all are to be exempt from indexes: an index of times bounds a collection at about 500 writes a second.
 *
 * A call is one BatchGetDocuments or one BatchWrite request, whatever the number of documents (within the limits of a
 * request); Firestore bills each document. `writeId` is new in every write, because Firestore leaves a document's
 * update time alone when a write changes nothing, and then two racing writers would both be told that they have won.
 */
export function createFirestoreClaimDocuments(options: FirestoreClaimDocumentsOptions): ClaimDocuments {
  const { database, collection = 'claims', random = systemRandom } = options;
  assertCollection(collection);
  const pathOf = (key: string) => documentPath(collection, key);

  return {
    async read(keys) {
      const found = await database.read(keys.map(pathOf));
      return keys.map((key) => {
        const document = found.get(pathOf(key));
        return document === undefined ? undefined : decode(document);
      });
    },
    async write(writes) {
      assertClaimWrites(writes);
      if (writes.length === 0) return [];
      return await database.writeEach(
        writes.map(({ key, document, expected }) => ({
          path: pathOf(key),
          fields: { ...encode(document), writeId: bytesValue(random.bytes(writeIdBytes)) },
          expected,
        })),
      );
    },
  };
}

function encode({ claims, split, expireAtMillis }: ClaimDocument): FirestoreFields {
  const packed = [...claims].map(([owner, fingerprints]) => [owner, bytesValue(Uint8Array.from(fingerprints))]);
  return {
    claims: mapValue(Object.fromEntries(packed)),
    expireAt: timeValue(expireAtMillis),
    ...(split ? { split: { booleanValue: true } } : {}),
  };
}

function decode({ fields, version }: FirestoreDocument): StoredClaimDocument {
  const claims = mapOf(fields, 'claims');
  return {
    claims: new Map(Object.keys(claims).map((owner) => [owner, bytesOf(claims, owner)])),
    expireAtMillis: millisOf(fields, 'expireAt'),
    ...(fields['split']?.booleanValue ? { split: true } : {}),
    version,
  };
}
