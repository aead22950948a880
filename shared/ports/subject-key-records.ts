import { changedObjections, type Objection, type ObjectionChange } from './objections.ts';

/** Stored keys of data subjects, each under a keyed hash of the subject and the generation of the key. */
export interface SubjectKeyRecords {
  /** One batched read, answers in the order of the ids. Rejects with `Unavailable`. */
  read(ids: readonly string[]): Promise<(StoredKey | undefined)[]>;
  /**
   * Stores each record unless its id has one, a tombstone included; answers with what is stored afterwards, in order. Two
   * callers that race get the same. Rejects with `Unavailable`.
   */
  createMissing(records: readonly SubjectKeyRecord[]): Promise<StoredKey[]>;
}

export interface SubjectKeyRecord {
  /** Keyed hash of realm, subject and generation; never the subject itself. */
  readonly id: string;
  readonly encryptedKeyset: Uint8Array;
}

export type StoredKey = StoredKeyset | Tombstone;

interface Objected {
  /** Of the subject; in the record of generation 0 alone, which every erasure leaves them in. */
  readonly objections?: readonly Objection[];
}

export interface StoredKeyset extends Objected {
  readonly kind: 'keyset';
  /** A Tink keyset, encrypted with the master keyset. */
  readonly encryptedKeyset: Uint8Array;
}

/** In the place of a key that was destroyed, for good. That of generation 0 alone is kept up to date. */
export interface Tombstone extends Objected {
  readonly kind: 'tombstone';
  /** Of the key that the subject has now, if it has one: the number of its erasures. */
  readonly generation: number;
  /** What was received before is covered by the erasure. The latest of all erasures; never moves back. */
  readonly cutoffMillis: number;
  /** What happened before is covered, too, whenever it comes. The latest. */
  readonly erasedAtMillis: number;
}

/** The end of keys. Whoever has this reads no key and makes none. */
export interface SubjectKeyErasures {
  /**
   * Destroys the current key of each subject, if there is one, and leaves tombstones in its place and in that of
   * generation 0, both or none. Whoever creates that key later gets the tombstone instead. An erasure that is repeated ends
   * another generation, which nobody may have used. Answers in order; what is done when it rejects (`Unavailable`) is not
   * known. No two of one call may name the same subject.
   */
  erase(subjects: readonly ErasedKeys[], times: ErasureTimes): Promise<ErasedKey[]>;
}

/** A subject, by the ids of its records. */
export interface ErasedKeys {
  /** Of the generation's record. */
  idOf(generation: number): string;
}

export interface ErasureTimes {
  readonly erasedAtMillis: number;
  readonly cutoffMillis: number;
}

export interface ErasedKey {
  /** Whether there was a key; false too where the call before, whose answer was lost, has destroyed it. */
  readonly hadKey: boolean;
  readonly tombstone: Tombstone;
}

/** A tombstone as it lies in the place of a later key: the first record alone holds objections. */
export function laterTombstone({ kind, generation, cutoffMillis, erasedAtMillis }: Tombstone): Tombstone {
  return { kind, generation, cutoffMillis, erasedAtMillis };
}

/** Who objects to what is received of them. */
export interface SubjectObjections {
  /**
   * Writes the change to the first record of each subject, and answers how many were changed: who objects already is not,
   * nor who withdraws nothing. A subject that was never seen gets a tombstone that covers nothing. Rejects with
   * `Unavailable`; the call can be repeated. No two ids may be alike.
   */
  changeObjections(firstIds: readonly string[], change: ObjectionChange): Promise<number>;
}

/** The first record of a subject after the change; undefined where there is nothing to change. */
export function withObjection(found: StoredKey | undefined, change: ObjectionChange): StoredKey | undefined {
  const objections = changedObjections(found?.objections ?? [], change);
  if (objections === undefined) return undefined;
  const nobody: Tombstone = { kind: 'tombstone', generation: 1, cutoffMillis: 0, erasedAtMillis: 0 };
  return { ...(found ?? nobody), objections };
}

/** What an erasure writes where it found that as the first record. Times never move back, and objections stay. */
export function nextTombstone(first: StoredKey | undefined, times: ErasureTimes): Tombstone {
  const found = first?.kind === 'tombstone' ? first : undefined;
  const objections = first?.objections === undefined ? {} : { objections: first.objections };
  return {
    ...objections,
    kind: 'tombstone',
    generation: (found?.generation ?? 0) + 1,
    cutoffMillis: Math.max(found?.cutoffMillis ?? 0, times.cutoffMillis),
    erasedAtMillis: Math.max(found?.erasedAtMillis ?? 0, times.erasedAtMillis),
  };
}
