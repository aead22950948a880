import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto';
import type { Random } from '../ports/random.ts';
import { hmacSha256 } from './keyed-hash.ts';

/*
 * Hybrid public key encryption (HPKE, RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 * One key exchange serves many boxes (section 5.2): each has a sequence number, and opens alone, in any order.
 */

/** Length of a raw X25519 key, public or private. */
const rawKeyBytes = 32;

/** What is kept of one message: not secret, and all that is needed beside the private key, `info` and `aad`. */
export interface SealedBox {
  /** The encapsulated key, 32 bytes: boxes of one sealing context share it. */
  readonly enc: Uint8Array;
  /** Number of the box in its context, from 0. */
  readonly sequence: number;
  /** As long as the plaintext, and a tag of 16 bytes. */
  readonly ciphertext: Uint8Array;
}

/** Seals messages for one owner under one key exchange. */
export interface SealingContext {
  /** The next box. `aad` is authenticated beside the plaintext: what the box belongs to; whoever opens gives the same. */
  seal(plaintext: Uint8Array, aad: Uint8Array): SealedBox;
}

/** Both sides give the same; neither is secret or in the box. */
export interface SealedBoxContext {
  /** What boxes of this kind are for; enters the key (RFC 9180 section 8.1). */
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
}

export interface SealedBoxKeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const tagBytes = 16;
const aesKeyBytes = 32;
const nonceBytes = 12;
// RFC 9180 would allow 12 bytes; nobody seals that many.
const sequenceBytes = 4;
const maxSequence = 0xffff_ffff;
// DER up to the raw key, RFC 8410 sections 4 and 7: X25519's SubjectPublicKeyInfo and PKCS #8.
const publicKeyHeader = Buffer.from('302a300506032b656e032100', 'hex');
const privateKeyHeader = Buffer.from('302e020100300506032b656e04220420', 'hex');

const empty = new Uint8Array(0);
const version = Buffer.from('HPKE-v1');
// "KEM" || 0x0020, and "HPKE" || KEM 0x0020 || KDF 0x0001 || AEAD 0x0002 (RFC 9180 sections 4.1, 5.1 and 7).
const kemSuite = Buffer.from('4b454d0020', 'hex');
const hpkeSuite = Buffer.from('48504b45002000010002', 'hex');
const modeBase = Uint8Array.of(0);
// The salt "" of HKDF-Extract is 32 zeros (RFC 5869 section 2.2).
const noSalt = createSecretKey(Buffer.alloc(32));
const noPskIdHash = labeledExtract(hpkeSuite, noSalt, 'psk_id_hash', empty);

/** A fresh key pair. */
export function generateSealedBoxKeyPair(random: Random): SealedBoxKeyPair {
  const privateKey = importSealedBoxPrivateKey(random.bytes(rawKeyBytes));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** The key that seals. Throws a RangeError when it is not 32 bytes, or a point that gives no secret. */
export function importSealedBoxPublicKey(raw: Uint8Array): KeyObject {
  const key = createPublicKey({ key: der(publicKeyHeader, raw, 'public'), format: 'der', type: 'spki' });
  const probe = importSealedBoxPrivateKey(new Uint8Array(rawKeyBytes).fill(1));
  if (exchange(probe, key) === undefined) throw new RangeError('this public key of a sealed box gives no secret');
  return key;
}

/** The key that opens. Throws a RangeError when it is not 32 bytes. */
export function importSealedBoxPrivateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: der(privateKeyHeader, raw, 'private'), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of a public key. */
export function exportSealedBoxPublicKey(key: KeyObject): Uint8Array {
  return rawExport(key, 'x');
}

/** The 32 bytes of a private key: secret. */
export function exportSealedBoxPrivateKey(key: KeyObject): Uint8Array {
  return rawExport(key, 'd');
}

/**
 * Starts a context that seals for the owner of the private key. The exchange costs some 200 µs, a box a few. Whoever
 * holds only what was sealed cannot open it; the context itself could, so it is not kept longer than it is needed.
 */
export function startSealing(
  recipient: KeyObject,
  { info, random }: { readonly info: Uint8Array; readonly random: Random },
): SealingContext {
  const ephemeral = generateSealedBoxKeyPair(random);
  const enc = exportSealedBoxPublicKey(ephemeral.publicKey);
  const dh = exchange(ephemeral.privateKey, recipient);
  if (dh === undefined) throw new RangeError('this public key of a sealed box gives no secret');
  const { key, nonce } = keySchedule(kemSecret(dh, enc, exportSealedBoxPublicKey(recipient)), info);
  let next = 0;
  return {
    seal(plaintext, aad) {
      const sequence = next++;
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(nonce, sequence), { authTagLength: tagBytes });
      cipher.setAAD(aad);
      return {
        enc,
        sequence,
        ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]),
      };
    },
  };
}

/** The plaintext, or undefined when the box was not sealed for this key with this `info` and `aad`. */
export function open(privateKey: KeyObject, box: SealedBox, { info, aad }: SealedBoxContext): Uint8Array | undefined {
  const { enc, sequence, ciphertext } = box;
  if (enc.length !== rawKeyBytes || ciphertext.length < tagBytes || !isSequence(sequence)) return undefined;
  const sender = createPublicKey({ key: der(publicKeyHeader, enc, 'public'), format: 'der', type: 'spki' });
  const dh = exchange(privateKey, sender);
  if (dh === undefined) return undefined;
  const recipient = exportSealedBoxPublicKey(createPublicKey(privateKey));
  const { key, nonce } = keySchedule(kemSecret(dh, enc, recipient), info);
  const tagStart = ciphertext.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(nonce, sequence), { authTagLength: tagBytes });
  decipher.setAAD(aad);
  decipher.setAuthTag(ciphertext.subarray(tagStart));
  const plaintext = decipher.update(ciphertext.subarray(0, tagStart));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}

function isSequence(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= maxSequence;
}

/** ComputeNonce of RFC 9180 section 5.2: the sequence number, big endian, over the base nonce. */
function nonceOf(baseNonce: Uint8Array, sequence: number): Buffer {
  if (!isSequence(sequence)) throw new RangeError('a sealing context is full: start another');
  const nonce = Buffer.from(baseNonce);
  const at = nonceBytes - sequenceBytes;
  nonce.writeUInt32BE((nonce.readUInt32BE(at) ^ sequence) >>> 0, at);
  return nonce;
}

/** X25519, or undefined for an all-zero result, which RFC 9180 section 7.1.4 refuses (and OpenSSL with it). */
function exchange(privateKey: KeyObject, publicKey: KeyObject): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined;
  }
}

/** ExtractAndExpand of RFC 9180 section 4.1. */
function kemSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Buffer {
  const prk = labeledExtract(kemSuite, noSalt, 'eae_prk', dh);
  return labeledExpand(kemSuite, prk, { label: 'shared_secret', info: Buffer.concat([enc, recipient]), bytes: 32 });
}

/** KeySchedule of RFC 9180 section 5.1 for mode_base: key and base nonce. */
function keySchedule(sharedSecret: Uint8Array, info: Uint8Array): { key: KeyObject; nonce: Buffer } {
  const context = Buffer.concat([modeBase, noPskIdHash, labeledExtract(hpkeSuite, noSalt, 'info_hash', info)]);
  const secret = labeledExtract(hpkeSuite, createSecretKey(sharedSecret), 'secret', empty);
  return {
    // Imported once: a cipher with raw bytes takes twice as long.
    key: createSecretKey(labeledExpand(hpkeSuite, secret, { label: 'key', info: context, bytes: aesKeyBytes })),
    nonce: labeledExpand(hpkeSuite, secret, { label: 'base_nonce', info: context, bytes: nonceBytes }),
  };
}

function labeledExtract(suite: Uint8Array, salt: KeyObject, label: string, material: Uint8Array): Buffer {
  return hmacSha256(salt, Buffer.concat([version, suite, Buffer.from(label), material]));
}

/** HKDF-Expand for at most 32 bytes, which is a single round (RFC 5869 section 2.3). */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  { label, info, bytes }: { readonly label: string; readonly info: Uint8Array; readonly bytes: number },
): Buffer {
  const lengthAndVersion = Buffer.concat([Uint8Array.of(0, bytes), version, suite, Buffer.from(label)]);
  return hmacSha256(createSecretKey(prk), Buffer.concat([lengthAndVersion, info, Uint8Array.of(1)])).subarray(0, bytes);
}

/** Of the JWK (RFC 8037 section 2), whose export takes 3 µs where DER takes 50. */
function rawExport(key: KeyObject, member: 'x' | 'd'): Uint8Array {
  const { crv, [member]: value } = key.export({ format: 'jwk' });
  if (crv !== 'X25519' || value === undefined) throw new TypeError('this is not the X25519 key of a sealed box');
  return Buffer.from(value, 'base64url');
}

function der(header: Uint8Array, raw: Uint8Array, kind: 'public' | 'private'): Buffer {
  if (raw.length === rawKeyBytes) return Buffer.concat([header, raw]);
  throw new RangeError(`a sealed box's ${kind} key has ${rawKeyBytes} bytes, this one ${raw.length}`);
}
