import type { StoredKey, Tombstone } from '../../ports/subject-key-records.ts';
import type { FirestoreFields } from './firestore-database.ts';
import { bytesOf, bytesValue, integerOf, integerValue, millisOf, timeValue } from './firestore-values.ts';

/** Where keys and tombstones are, in a database of their own. */
export const subjectKeyCollection = 'subjectKeys';

export function keysetFields(encryptedKeyset: Uint8Array): FirestoreFields {
  return { keyset: bytesValue(encryptedKeyset) };
}

export function tombstoneFields({ generation, cutoffMillis, erasedAtMillis }: Tombstone): FirestoreFields {
  return {
    generation: integerValue(generation),
    cutoff: timeValue(cutoffMillis),
    erasedAt: timeValue(erasedAtMillis),
  };
}

/** Throws where the document is neither `{keyset}` nor `{generation, cutoff, erasedAt}`. */
export function storedKeyOf(fields: FirestoreFields): StoredKey {
  if (fields['generation'] === undefined) return { kind: 'keyset', encryptedKeyset: bytesOf(fields, 'keyset') };
  return {
    kind: 'tombstone',
    generation: integerOf(fields, 'generation'),
    cutoffMillis: millisOf(fields, 'cutoff'),
    erasedAtMillis: millisOf(fields, 'erasedAt'),
  };
}
