import { type Aead, decryptKeyset, encryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { type DeterministicAead, makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { newAesSivKeyset } from '../../shared/crypto/tink-keyset.ts';
import type { Objection } from '../../shared/ports/objections.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { StoredKeyset } from '../../shared/ports/subject-key-records.ts';

/** Encrypts values of one data subject: equal values give equal pseudonyms (base64 of Tink's ciphertext). */
export interface SubjectCipher {
  readonly kind: 'cipher';
  /** Of its record. */
  readonly id: string;
  /** Of the record of the subject's first key. */
  readonly firstId: string;
  /** How often the subject was erased before it had this key. */
  readonly generation: number;
  readonly objections?: readonly Objection[];
  encrypt(plaintext: string): string;
}

/** What is stored for the subject is no keyset that the master keyset opens; no other subject is concerned. */
export interface UnreadableKey {
  readonly kind: 'unreadable';
  readonly objections?: readonly Objection[];
  readonly problem: string;
}

/** A new key for the record of that id, which it is bound to. */
export function newEncryptedKeyset(master: Aead, random: Random, id: string): Uint8Array {
  return encryptKeyset(master, newAesSivKeyset(random), Buffer.from(id));
}

interface CipherOptions {
  readonly id: string;
  readonly firstId: string;
  readonly generation: number;
  /** Ciphertexts that are remembered. */
  readonly maxRememberedValues: number;
}

export function openCipher(master: Aead, stored: StoredKeyset, options: CipherOptions): SubjectCipher | UnreadableKey {
  const { id, firstId, generation, maxRememberedValues } = options;
  try {
    const associatedData = Buffer.from(id);
    const opened = decryptKeyset(master, stored.encryptedKeyset, { type: 'AesSivKey', associatedData });
    if (opened.kind === 'unreadable') return opened;
    const encrypt = remembering(makeDeterministicAead(opened.keyset), maxRememberedValues);
    return { kind: 'cipher', id, firstId, generation, encrypt };
  } catch {
    // What was thrown may quote bytes of a key.
    return { kind: 'unreadable', problem: 'the keyset could not be used' };
  }
}

function remembering(aead: DeterministicAead, maxRememberedValues: number): (plaintext: string) => string {
  const remembered = new Map<string, string>();
  return (plaintext) => {
    const known = remembered.get(plaintext);
    if (known !== undefined) return known;
    const pseudonym = aead.encryptText(plaintext);
    if (remembered.size < maxRememberedValues) remembered.set(plaintext, pseudonym);
    return pseudonym;
  };
}
