import { type Objection, objectionsText, readObjections } from '../../ports/objections.ts';
import type { StoredKey, Tombstone } from '../../ports/subject-key-records.ts';
import type { FirestoreFields } from './firestore-database.ts';
import {
  bytesOf,
  bytesValue,
  integerOf,
  integerValue,
  millisOf,
  textOf,
  textValue,
  timeValue,
} from './firestore-values.ts';

/** Where keys and tombstones are, in a database of their own. */
export const subjectKeyCollection = 'subjectKeys';

export function keysetFields(encryptedKeyset: Uint8Array): FirestoreFields {
  return { keyset: bytesValue(encryptedKeyset) };
}

/** A whole record, of either kind. */
export function storedKeyFields(stored: StoredKey): FirestoreFields {
  if (stored.kind === 'tombstone') return tombstoneFields(stored);
  return { ...keysetFields(stored.encryptedKeyset), ...objectionFields(stored.objections) };
}

function objectionFields(objections: readonly Objection[] | undefined): FirestoreFields {
  return objections === undefined ? {} : { objections: textValue(objectionsText(objections)) };
}

export function tombstoneFields({ generation, cutoffMillis, erasedAtMillis, objections }: Tombstone): FirestoreFields {
  return {
    ...objectionFields(objections),
    generation: integerValue(generation),
    cutoff: timeValue(cutoffMillis),
    erasedAt: timeValue(erasedAtMillis),
  };
}

/** Throws where the document is neither `{keyset}` nor `{generation, cutoff, erasedAt}`, either with `objections` or without. */
export function storedKeyOf(fields: FirestoreFields): StoredKey {
  const objections =
    fields['objections'] === undefined ? {} : { objections: readObjections(textOf(fields, 'objections')) };
  if (fields['generation'] === undefined) {
    return { kind: 'keyset', encryptedKeyset: bytesOf(fields, 'keyset'), ...objections };
  }
  return {
    ...objections,
    kind: 'tombstone',
    generation: integerOf(fields, 'generation'),
    cutoffMillis: millisOf(fields, 'cutoff'),
    erasedAtMillis: millisOf(fields, 'erasedAt'),
  };
}
