import type { KeyObject } from 'node:crypto';
import { makePseudonyms, type Pseudonyms } from '../../shared/crypto/pseudonym.ts';
import { type Aead, decryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { generationId, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { StoredKey, SubjectKeyRecords, Tombstone } from '../../shared/ports/subject-key-records.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';

/** The key that a person has now. */
interface PersonKey {
  readonly kind: 'key';
  /** Of its record. */
  readonly id: string;
  readonly generation: number;
  readonly pseudonyms: Pseudonyms;
}

export interface PersonKeys {
  /** Erasures destroyed the keys before: nothing that was encrypted with them can be read. */
  readonly erased?: { readonly times: number; readonly atMillis: number };
  /** `none`: nothing was stored of the person, or nothing since the erasure. `unreadable`: the keyset does not open. */
  readonly key: PersonKey | { readonly kind: 'none' | 'unreadable' };
}

export interface PersonKeysPorts {
  readonly records: Pick<SubjectKeyRecords, 'read'>;
  /** Secret key of record ids. */
  readonly lookupKey: KeyObject;
  /** AEAD of the master keyset. */
  readonly master: Aead;
}

/** How often a person may be erased while the key is looked for. */
const maxRounds = 4;

/**
 * Finds the keys of a person, of which only the last can be there: an erasure leaves a tombstone in the place of each. Makes
 * none. Rejects with `Unavailable`.
 */
export async function findPersonKeys(person: DataSubject, ports: PersonKeysPorts): Promise<PersonKeys> {
  const { records, lookupKey, master } = ports;
  const firstId = subjectKeyId(lookupKey, person);
  const read = async (id: string): Promise<StoredKey | undefined> => (await records.read([id]))[0];
  for (let round = 0; round < maxRounds; round += 1) {
    const first = await read(firstId);
    if (first?.kind !== 'tombstone') return { key: opened(first, { id: firstId, generation: 0 }, master) };
    const id = generationId(lookupKey, firstId, first.generation);
    const later = await read(id);
    // Erased meanwhile: the first record says more.
    if (later?.kind === 'tombstone') continue;
    return { erased: erasedBy(first), key: opened(later, { id, generation: first.generation }, master) };
  }
  throw new Unavailable('subject-keys', 'the person is erased over and over');
}

function erasedBy({ generation, erasedAtMillis }: Tombstone) {
  return { times: generation, atMillis: erasedAtMillis };
}

function opened(
  stored: Exclude<StoredKey, Tombstone> | undefined,
  of: { readonly id: string; readonly generation: number },
  master: Aead,
): PersonKeys['key'] {
  if (stored === undefined) return { kind: 'none' };
  try {
    const associatedData = Buffer.from(of.id);
    const keyset = decryptKeyset(master, stored.encryptedKeyset, { type: 'AesSivKey', associatedData });
    if (keyset.kind === 'unreadable') return { kind: 'unreadable' };
    return { kind: 'key', ...of, pseudonyms: makePseudonyms(keyset.keyset, makeDeterministicAead(keyset.keyset)) };
  } catch {
    // What was thrown may quote bytes of a key.
    return { kind: 'unreadable' };
  }
}
