import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { Random } from '../ports/random.ts';
import {
  outputPrefix,
  outputPrefixBytes,
  type ParsedKeyset,
  parseKeyset,
  prefixKeyId,
  serializeKeyset,
  type TinkKeyset,
  type TinkKeyType,
} from './tink-keyset.ts';

const ivBytes = 12;
const tagBytes = 16;

/**
 * Tink's AEAD with AES-256-GCM. Ciphertext: 0x01 || key id (4 bytes, big endian) || IV (12) || encrypted plaintext ||
 * tag (16), which BigQuery's AEAD.DECRYPT_BYTES reads.
 */
export interface Aead {
  /**
   * Under the keyset's primary key with a random IV. NIST SP 800-38D section 8.3 allows 2^32 of them a key: rotate the
   * keyset before.
   */
  encrypt(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when no key of the keyset made this ciphertext with this associated data. */
  decrypt(ciphertext: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined;
}

/** The AEAD of a keyset. The IVs come from `random`, which must never repeat itself under one keyset. */
export function makeAead(keyset: TinkKeyset<'AesGcmKey'>, random: Random): Aead {
  const keys = new Map(keyset.keys.map((key) => [key.id, createSecretKey(key.value)]));
  const primary = keys.get(keyset.primary.id) ?? createSecretKey(keyset.primary.value);
  const prefix = outputPrefix(keyset.primary.id);
  return {
    encrypt(plaintext, associatedData) {
      const iv = random.bytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', primary, iv, { authTagLength: tagBytes });
      cipher.setAAD(associatedData);
      return Buffer.concat([prefix, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(ciphertext, associatedData) {
      const keyId = prefixKeyId(ciphertext);
      const key = keyId === undefined ? undefined : keys.get(keyId);
      return key === undefined ? undefined : openGcm(key, ciphertext.subarray(outputPrefixBytes), associatedData);
    },
  };
}

function openGcm(key: KeyObject, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
  if (sealed.length < ivBytes + tagBytes) return undefined;
  const tagStart = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(tagStart));
  const plaintext = decipher.update(sealed.subarray(ivBytes, tagStart));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}

/**
 * A subject's keyset as it is stored: the serialized keyset under the master's AEAD. In BigQuery,
 * `AEAD.DECRYPT_BYTES(KEYS.KEYSET_CHAIN(<KMS key>, <wrapped master>), <result>, <associated data>)` gives the
 * serialized keyset back.
 */
export function encryptKeyset(master: Aead, keyset: TinkKeyset<TinkKeyType>, associatedData: Uint8Array): Uint8Array {
  return master.encrypt(serializeKeyset(keyset), associatedData);
}

/** Reverses `encryptKeyset`; unreadable also when the master or the associated data is another one. */
export function decryptKeyset<Type extends TinkKeyType>(
  master: Aead,
  encrypted: Uint8Array,
  { type, associatedData }: { readonly type: Type; readonly associatedData: Uint8Array },
): ParsedKeyset<Type> {
  const serialized = master.decrypt(encrypted, associatedData);
  if (serialized !== undefined) return parseKeyset(serialized, type);
  return { kind: 'unreadable', problem: 'it was not encrypted with this master keyset and associated data' };
}
