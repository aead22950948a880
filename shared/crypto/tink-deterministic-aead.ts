import { makeAesSiv } from './aes-siv.ts';
import { outputPrefix, outputPrefixBytes, prefixKeyId, type TinkKeyset } from './tink-keyset.ts';

/**
 * Tink's deterministic AEAD. Ciphertext: 0x01 || key id (4 bytes, big endian) || SIV (16) || encrypted plaintext, which
 * BigQuery's DETERMINISTIC_DECRYPT_BYTES and _STRING read.
 */
export interface DeterministicAead {
  /** Under the keyset's primary key; equal arguments give equal bytes. */
  encrypt(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Of a text without associated data, in base64. */
  encryptText(plaintext: string): string;
  /** The plaintext, or undefined when no key of the keyset made this ciphertext with this associated data. */
  decrypt(ciphertext: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined;
}

/**
 * Expands the keyset's keys once: keep the object as long as the key may be kept (some 1.5 KB a key). Like Tink it
 * always authenticates the associated data, an empty one too.
 */
export function makeDeterministicAead(keyset: TinkKeyset<'AesSivKey'>): DeterministicAead {
  const ciphers = new Map(keyset.keys.map((key) => [key.id, makeAesSiv(key.value)]));
  const primary = ciphers.get(keyset.primary.id) ?? makeAesSiv(keyset.primary.value);
  const prefix = outputPrefix(keyset.primary.id);
  return {
    encrypt: (plaintext, associatedData) => Buffer.concat([prefix, primary.seal(plaintext, [associatedData])]),
    encryptText: (plaintext) => primary.sealText(plaintext, prefix),
    decrypt(ciphertext, associatedData) {
      const keyId = prefixKeyId(ciphertext);
      const cipher = keyId === undefined ? undefined : ciphers.get(keyId);
      return cipher?.open(ciphertext.subarray(outputPrefixBytes), [associatedData]);
    },
  };
}
