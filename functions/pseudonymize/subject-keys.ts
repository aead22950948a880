import type { KeyObject } from 'node:crypto';
import { hashPrefix, keyedHash } from '../../shared/crypto/keyed-hash.ts';
import { type Aead, decryptKeyset, encryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { type DeterministicAead, makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { newAesSivKeyset } from '../../shared/crypto/tink-keyset.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { SubjectKeyRecords } from '../../shared/ports/subject-key-records.ts';
import type { PseudonymizeConfig } from './config.ts';

/** Encrypts values of one data subject: equal values give equal pseudonyms (base64 of Tink's ciphertext). */
interface SubjectCipher {
  readonly kind: 'cipher';
  encrypt(plaintext: string): string;
}

/** What is stored for the subject is no keyset that the master keyset opens; no other subject is concerned. */
interface UnreadableKey {
  readonly kind: 'unreadable';
  readonly problem: string;
}

/** The keys of the subjects of one batch. */
export interface SubjectCiphers {
  /** Throws for a subject that was not asked for. */
  of(subject: DataSubject): SubjectCipher | UnreadableKey;
}

export interface SubjectKeys {
  /** Obtains the key of every subject, making those that are missing. Rejects with `Unavailable`, and for nothing else. */
  obtain(subjects: readonly DataSubject[]): Promise<SubjectCiphers>;
}

export interface SubjectKeysOptions {
  readonly records: SubjectKeyRecords;
  /** Secret key of record ids; never rotates. */
  readonly lookupKey: KeyObject;
  /** AEAD of the master keyset. */
  readonly master: Aead;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: PseudonymizeConfig;
}

interface CachedCipher extends SubjectCipher {
  readonly expireAtMillis: number;
}

/**
 * Keys of data subjects: each has a random AES-SIV keyset, stored under a keyed hash of realm and subject, encrypted
 * with the master keyset and bound to its id. Unwrapped keys are cached briefly and bounded, least recently used first
 * out.
 */
export function makeSubjectKeys(options: SubjectKeysOptions): SubjectKeys {
  const { records, lookupKey, clock, config } = options;
  const cache = new Map<string, CachedCipher>();

  function remember(id: string, cipher: CachedCipher): void {
    cache.delete(id);
    cache.set(id, cipher);
    if (cache.size <= config.maxCachedKeys) return;
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }

  async function load(ids: readonly string[]): Promise<Map<string, CachedCipher | UnreadableKey>> {
    const expireAtMillis = clock.nowMillis() + config.keyCacheSeconds * 1_000;
    const stored = new Map<string, Uint8Array>();
    const found = await records.read(ids);
    for (const [at, id] of ids.entries()) {
      const record = found[at];
      if (record !== undefined) stored.set(id, record);
    }
    const missing = ids.filter((id) => !stored.has(id)).map((id) => ({ id, encryptedKeyset: newRecord(options, id) }));
    const created = missing.length > 0 ? await records.createMissing(missing) : [];
    for (const [at, { id }] of missing.entries()) stored.set(id, created[at] ?? new Uint8Array());
    const opened = new Map<string, CachedCipher | UnreadableKey>();
    for (const [id, record] of stored) {
      const aead = openRecord(options, id, record);
      const cipher = 'problem' in aead ? aead : rememberingCipher(aead, config.maxRememberedValues);
      opened.set(id, cipher.kind === 'cipher' ? { ...cipher, expireAtMillis } : cipher);
    }
    return opened;
  }

  return {
    async obtain(subjects) {
      const ids = new Map(subjects.map((subject) => [subjectName(subject), recordId(lookupKey, subject)]));
      const nowMillis = clock.nowMillis();
      const ciphers = new Map<string, CachedCipher | UnreadableKey>();
      for (const id of ids.values()) {
        const cached = cache.get(id);
        if (cached !== undefined && cached.expireAtMillis > nowMillis) ciphers.set(id, cached);
      }
      const absent = [...new Set(ids.values())].filter((id) => !ciphers.has(id));
      if (absent.length > 0) for (const [id, cipher] of await load(absent)) ciphers.set(id, cipher);
      for (const [id, cipher] of ciphers) if (cipher.kind === 'cipher') remember(id, cipher);
      return {
        of(subject) {
          const cipher = ciphers.get(ids.get(subjectName(subject)) ?? '');
          if (cipher === undefined) throw new Error('the key of this data subject was not obtained');
          return cipher;
        },
      };
    },
  };
}

/** No realm holds a space, so the name is unambiguous. */
function subjectName({ realm, subject }: DataSubject): string {
  return `${realm} ${subject}`;
}

/** Id of a subject's key record; number 42 of one realm is nobody in another. */
export function recordId(lookupKey: KeyObject, { realm, subject }: DataSubject): string {
  return hashPrefix(keyedHash(lookupKey, 'edi.subject-key.v2', [realm, subject]), 20);
}

function newRecord({ master, random }: SubjectKeysOptions, id: string): Uint8Array {
  return encryptKeyset(master, newAesSivKeyset(random), Buffer.from(id));
}

function openRecord({ master }: SubjectKeysOptions, id: string, record: Uint8Array): DeterministicAead | UnreadableKey {
  try {
    const opened = decryptKeyset(master, record, { type: 'AesSivKey', associatedData: Buffer.from(id) });
    return opened.kind === 'unreadable' ? opened : makeDeterministicAead(opened.keyset);
  } catch {
    // What was thrown may quote bytes of a key.
    return { kind: 'unreadable', problem: 'the keyset could not be used' };
  }
}

const noAssociatedData = new Uint8Array(0);

function rememberingCipher(aead: DeterministicAead, maxRememberedValues: number): SubjectCipher {
  const remembered = new Map<string, string>();
  return {
    kind: 'cipher',
    encrypt(plaintext) {
      const known = remembered.get(plaintext);
      if (known !== undefined) return known;
      const pseudonym = Buffer.from(aead.encrypt(Buffer.from(plaintext), noAssociatedData)).toString('base64');
      if (remembered.size < maxRememberedValues) remembered.set(plaintext, pseudonym);
      return pseudonym;
    },
  };
}
