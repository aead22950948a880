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
export function keyedHash(key: HashKey, label: string, parts: Parts): Buffer {
  return hash(algorithm, messageOf(key, label, parts), 'buffer');
}

/**
 * The first `prefixBytes` bytes of such a hash as base64url (RFC 4648 section 5), for ids and document names: half the time
 * of a hash as bytes and their text.
 */
export function keyedHashText(key: HashKey, label: string, parts: Parts, prefixBytes: number): string {
  return prefixText(hash(algorithm, messageOf(key, label, parts), 'base64url'), prefixBytes);
}

/** `keyedHashText` for many lists that begin alike: with `common`, and then what each call gives. */
export function keyedHashTexts(
  key: HashKey,
  label: string,
  { common, prefixBytes }: { readonly common: Parts; readonly prefixBytes: number },
): (parts: Parts) => string {
  const begin = Buffer.from(messageOf(key, label, common));
  return (parts) => prefixText(hash(algorithm, continued(begin, parts), 'base64url'), prefixBytes);
}

/** What is hashed before the parts: the key, and the label behind its length. */
export function keyedHashBeginning(key: KeyObject, label: string): Buffer {
  return Buffer.from(messageOf(key, label, []));
}

/** Of a hash as base64url that of its first bytes. */
function prefixText(text: string, prefixBytes: number): string {
  const bits = prefixBytes * 8;
  const whole = Math.floor(bits / 6);
  if (bits % 6 === 0) return text.slice(0, whole);
  // Of the last digit the bits that are of the prefix.
  const unused = 6 - (bits % 6);
  const last = base64url.charAt((base64url.indexOf(text.charAt(whole)) >> unused) << unused);
  return text.slice(0, whole) + last;
}

type HashKey = KeyObject | Uint8Array;
type Parts = readonly (string | Uint8Array)[];

const algorithm = 'sha512-256';
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What is hashed stands here where it fits, until the next hash. */
const shared = Buffer.alloc(4_096);

function messageOf(key: HashKey, label: string, parts: Parts): Buffer {
  const raw = rawKey(key instanceof Uint8Array ? importHashKey(key) : key);
  const message = roomFor(raw.length + maxPartBytes(label), parts);
  message.set(raw);
  return appended(message, writePart(message, raw.length, label), parts);
}

/** For what has been counted, and parts after it. */
function roomFor(bytes: number, parts: Parts): Buffer {
  let maxBytes = bytes;
  for (const part of parts) maxBytes += maxPartBytes(part);
  return maxBytes <= shared.length ? shared : Buffer.allocUnsafe(maxBytes);
}

function continued(begin: Buffer, parts: Parts): Buffer {
  const message = roomFor(begin.length, parts);
  message.set(begin);
  return appended(message, begin.length, parts);
}

function appended(message: Buffer, start: number, parts: Parts): Buffer {
  let at = start;
  for (const part of parts) at = writePart(message, at, part);
  return message.subarray(0, at);
}

/** HMAC-SHA256 (RFC 2104), 32 bytes. With an imported key: Node takes five times as long with raw bytes. */
export function hmacSha256(key: KeyObject, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** A UTF-16 code unit takes three bytes of UTF-8 at most. */
function maxPartBytes(part: string | Uint8Array): number {
  return lengthBytes + (typeof part === 'string' ? part.length * 3 : part.length);
}

function writePart(message: Buffer, at: number, part: string | Uint8Array): number {
  const start = at + lengthBytes;
  if (typeof part !== 'string') {
    message.set(part, start);
    message.writeUInt32BE(part.length, at);
    return start + part.length;
  }
  if (writeAscii(message, start, part)) {
    message.writeUInt32BE(part.length, at);
    return start + part.length;
  }
  const wellFormed = part.isWellFormed();
  const writtenBytes = message.write(part, start, wellFormed ? 'utf8' : 'utf16le');
  message.writeUInt32BE(wellFormed ? writtenBytes : writtenBytes + utf16Mark, at);
  return start + writtenBytes;
}

/** Below it a loop is faster than a call out of JavaScript. */
const maxLoopLength = 128;

/** Whether the text was written: short, and ASCII alone. */
function writeAscii(message: Buffer, start: number, text: string): boolean {
  if (text.length > maxLoopLength) return false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return false;
    message[start + at] = unit;
  }
  return true;
}
