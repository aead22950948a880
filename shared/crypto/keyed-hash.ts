import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

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

/**
 * HMAC-SHA256 over a label and a list of parts, 32 bytes. The label names the purpose ("edi.claim.v1"), so that hashes
 * for different purposes differ under one key. Different lists never hash alike by how they are joined: each part
 * stands behind its length. A string counts as its UTF-8 bytes; one that has none (a lone surrogate) as its UTF-16
 * code units, marked, because UTF-8 would make all such strings one. On hot paths the key is an imported one.
 */
export function keyedHash(key: KeyObject | Uint8Array, label: string, parts: readonly (string | Uint8Array)[]): Buffer {
  let totalBytes = partBytes(label);
  for (const part of parts) totalBytes += partBytes(part);
  const message = Buffer.allocUnsafe(totalBytes);
  let at = writePart(message, 0, label);
  for (const part of parts) at = writePart(message, at, part);
  return hmacSha256(key instanceof Uint8Array ? importHashKey(key) : key, message);
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
