import type { KeyObject } from 'node:crypto';
import type { DataSubject } from '../event-types/project.ts';
import type { Objection } from '../ports/objections.ts';
import type { StoredKey, SubjectKeyRecords } from '../ports/subject-key-records.ts';
import { Unavailable } from '../ports/unavailable.ts';
import { generationId, subjectKeyId } from './subject-key-id.ts';

/** The key that somebody has now, the only one that can be there. */
export interface LastKey {
  /** Of its record. */
  readonly id: string;
  readonly generation: number;
  /** Undefined: none was made, or none since the last erasure. */
  readonly encryptedKeyset?: Uint8Array;
  /** When the keys before were destroyed; absent: nobody has erased them. */
  readonly erasedAtMillis?: number;
  readonly objections: readonly Objection[];
}

/** How often somebody may be erased while the key is looked for. */
const maxRounds = 4;

/** Finds it by what erasures leave in the place of those before, and makes none. Rejects with `Unavailable`. */
export async function findLastKey(
  subject: DataSubject,
  { records, lookupKey }: { readonly records: Pick<SubjectKeyRecords, 'read'>; readonly lookupKey: KeyObject },
): Promise<LastKey> {
  const firstId = subjectKeyId(lookupKey, subject);
  const read = async (id: string): Promise<StoredKey | undefined> => (await records.read([id]))[0];
  for (let round = 0; round < maxRounds; round += 1) {
    const first = await read(firstId);
    const objections = first?.objections ?? [];
    if (first?.kind !== 'tombstone') return { id: firstId, generation: 0, objections, ...keysetOf(first) };
    const { generation, erasedAtMillis } = first;
    // An objection of somebody who was never seen leaves one that covers nothing.
    const erased = erasedAtMillis > 0 ? { erasedAtMillis } : {};
    const id = generationId(lookupKey, firstId, generation);
    const later = await read(id);
    // Erased meanwhile: the first record says more.
    if (later?.kind !== 'tombstone') return { id, generation, objections, ...erased, ...keysetOf(later) };
  }
  throw new Unavailable('subject-keys', 'somebody is erased over and over');
}

function keysetOf(stored: StoredKey | undefined): Pick<LastKey, 'encryptedKeyset'> {
  return stored?.kind === 'keyset' ? { encryptedKeyset: stored.encryptedKeyset } : {};
}
