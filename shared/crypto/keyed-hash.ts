import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

const lengthBytes = 4;
// Marks the length of a part in UTF-16. Parts are attributes and ids, far below the 2 GiB that would set the bit.
const utf16Mark = 0x8000_0000;

/** Shortest key that is taken: the output's length, RFC 2104 section 3. */
const minHashKeyBytes = 32;

/**
 * A key for `keyedHash`. Import it once: every hash with raw bytes imports them anew. Throws a RangeError for less
 * than 32 bytes.
 */
export function importHashKey(raw: Uint8Array): KeyObject {
  if (raw.length < minHashKeyBytes) {
    throw new RangeError(`a key for keyed hashes has at least ${minHashKeyBytes} bytes, this one ${raw.length}`);
  }
  return createSecretKey(raw);
}

/** Of imported keys, since a hash takes bytes. Keys are few and live as long as the process. */
const rawKeys = new WeakMap<KeyObject, Buffer>();

function rawKey(key: KeyObject): Buffer {
  const known = rawKeys.get(key);
  if (known !== undefined) return known;
  const raw = key.export();
  rawKeys.set(key, raw);
  return raw;
}

/**
 * A keyed hash over a label and a list of parts, 32 bytes: SHA-512/256 of the key, the label and the parts, the label and
 * each part behind its length. A secret prefix is a sound MAC there and not with SHA-256 or SHA-512: the output is half
 * of the state, so that nobody can go on from it (FIPS 180-4 section 5.3.6.2; Bellare, Canetti and Krawczyk, "Keying hash
 * functions", on length extension). One call is a third cheaper than an HMAC, most of which is making the object.
 *
 * The label names the purpose ("edi.claim.v2"), so that hashes for different purposes differ under one key. Different
 * lists never hash alike by how they are joined. A string counts as its UTF-8 bytes; one that has none (a lone surrogate)
 * as its UTF-16 code units, marked, because UTF-8 would make all such strings one. On hot paths the key is an imported
 * one.
 */
export function keyedHash(key: KeyObject | Uint8Array, label: string, parts: readonly (string | Uint8Array)[]): Buffer {
  const raw = rawKey(key instanceof Uint8Array ? importHashKey(key) : key);
  let totalBytes = raw.length + partBytes(label);
  for (const part of parts) totalBytes += partBytes(part);
  const message = Buffer.allocUnsafe(totalBytes);
  let at = writePart(message, raw.copy(message), label);
  for (const part of parts) at = writePart(message, at, part);
  return hash('sha512-256', message, 'buffer');
}

/** The first `prefixBytes` bytes of a hash as base64url (RFC 4648 section 5), for ids and document names. */
export function hashPrefix(hash: Buffer, prefixBytes: number): string {
  return hash.toString('base64url', 0, prefixBytes);
}

/** HMAC-SHA256 (RFC 2104), 32 bytes. With an imported key: Node takes five times as long with raw bytes. */
export function hmacSha256(key: KeyObject, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

function partBytes(part: string | Uint8Array): number {
  if (typeof part !== 'string') return lengthBytes + part.length;
  return lengthBytes + (part.isWellFormed() ? Buffer.byteLength(part) : part.length * 2);
}

function writePart(message: Buffer, at: number, part: string | Uint8Array): number {
  const start = at + lengthBytes;
  if (typeof part !== 'string') {
    message.set(part, start);
    message.writeUInt32BE(part.length, at);
    return start + part.length;
  }
  const wellFormed = part.isWellFormed();
  const writtenBytes = message.write(part, start, wellFormed ? 'utf8' : 'utf16le');
  message.writeUInt32BE(wellFormed ? writtenBytes : writtenBytes + utf16Mark, at);
  return start + writtenBytes;
}
