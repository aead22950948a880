import type { KeyObject } from 'node:crypto';
import { keyedHashText } from '../crypto/keyed-hash.ts';
import type { DataSubject } from '../event-types/project.ts';
import type { ErasedKeys } from '../ports/subject-key-records.ts';

/**
 * Id of the record of a subject's first key, 27 characters of base64url. Number 42 of one realm is nobody in another. A
 * subject that was erased n times has a key of generation n; this one is of generation 0.
 */
export function subjectKeyId(lookupKey: KeyObject, { realm, subject }: DataSubject): string {
  return keyedHashText(lookupKey, 'edi.subject-key.v2', [realm, subject], 20);
}

/**
 * Id of a later key of the same subject, by that of its first: so an installation can be erased by an id, without its
 * name. Generations have nothing in common for whoever lacks the lookup key.
 */
export function generationId(lookupKey: KeyObject, firstId: string, generation: number): string {
  if (generation === 0) return firstId;
  return keyedHashText(lookupKey, 'edi.subject-key-generation.v1', [firstId, String(generation)], 20);
}

/** All keys of a subject, by the id of its first, for an erasure. */
export function keysOf(lookupKey: KeyObject, firstId: string): ErasedKeys {
  return { idOf: (generation) => generationId(lookupKey, firstId, generation) };
}

/** Ids of the keys that are destroyed of a subject who would have one of `generation` now. */
export function destroyedIds(lookupKey: KeyObject, firstId: string, generation: number): string[] {
  return Array.from({ length: generation }, (_, at) => generationId(lookupKey, firstId, at));
}
