import type { KeyObject } from 'node:crypto';
import { makePseudonyms, type Pseudonyms } from '../../shared/crypto/pseudonym.ts';
import { type Aead, decryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { findLastKey, type LastKey } from '../../shared/erasure/last-key.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { SubjectKeyRecords } from '../../shared/ports/subject-key-records.ts';

/** The key that a person has now. */
interface PersonKey {
  readonly kind: 'key';
  /** Of its record. */
  readonly id: string;
  readonly generation: number;
  readonly pseudonyms: Pseudonyms;
}

export interface PersonKeys {
  /** An erasure destroyed the keys before, the last then: nothing that was encrypted with them can be read. */
  readonly erasedAtMillis?: number;
  readonly objections: LastKey['objections'];
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

/** Finds a person's key, of which only the last can be there, and opens it. Rejects with `Unavailable`. */
export async function findPersonKeys(person: DataSubject, ports: PersonKeysPorts): Promise<PersonKeys> {
  const last = await findLastKey(person, ports);
  const { erasedAtMillis, objections } = last;
  return {
    ...(erasedAtMillis === undefined ? {} : { erasedAtMillis }),
    objections,
    key: opened(last, ports.master),
  };
}

function opened({ id, generation, encryptedKeyset }: LastKey, master: Aead): PersonKeys['key'] {
  if (encryptedKeyset === undefined) return { kind: 'none' };
  try {
    const keyset = decryptKeyset(master, encryptedKeyset, { type: 'AesSivKey', associatedData: Buffer.from(id) });
    if (keyset.kind === 'unreadable') return { kind: 'unreadable' };
    const pseudonyms = makePseudonyms(keyset.keyset, makeDeterministicAead(keyset.keyset));
    return { kind: 'key', id, generation, pseudonyms };
  } catch {
    // What was thrown may quote bytes of a key.
    return { kind: 'unreadable' };
  }
}
