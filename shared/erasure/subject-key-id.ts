import type { KeyObject } from 'node:crypto';
import { hashPrefix, keyedHash } from '../crypto/keyed-hash.ts';
import type { DataSubject } from '../event-types/project.ts';

/**
 * Id of the record of a subject's key, 27 characters of base64url. Number 42 of one realm is nobody in another. A subject
 * that was erased n times has a key of generation n; generations have nothing in common for whoever lacks the lookup key.
 */
export function subjectKeyId(lookupKey: KeyObject, { realm, subject }: DataSubject, generation = 0): string {
  const parts = generation === 0 ? [realm, subject] : [realm, subject, String(generation)];
  return hashPrefix(keyedHash(lookupKey, 'edi.subject-key.v2', parts), 20);
}
