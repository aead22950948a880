import { timingSafeEqual } from 'node:crypto';
import { unsafe } from '@noble/ciphers/aes.js';
import { type AesModule, layout, makeAesModule } from './aes-module.ts';

/** Length of the synthetic IV in front of every ciphertext, which is also its authentication tag. */
export const sivBytes = 16;

const blockBytes = 16;
const wordBytes = 4;
// RFC 5297 section 7: S2V is proven for 127 strings, and the plaintext is one of them.
const maxAssociatedDataStrings = 126;

/** AES-SIV (RFC 5297) under one key. Equal input gives equal output: that is its purpose, and all that it reveals. */
export interface AesSiv {
  /** SIV || ciphertext. An empty string as associated data differs from none. Throws a RangeError for more than 126 strings. */
  seal(plaintext: Uint8Array, associatedData: readonly Uint8Array[]): Uint8Array;
  /**
   * `before`, of at most 64 bytes, and what `seal` gives for the text's UTF-8 and one empty string as associated data, in
   * base64.
   */
  sealText(plaintext: string, before: Uint8Array): string;
  /** The plaintext, or undefined when `sealed` was not made with this key and this associated data. */
  open(sealed: Uint8Array, associatedData: readonly Uint8Array[]): Uint8Array | undefined;
}

/** A block as AES takes it: four words, little endian. */
type Block = Int32Array;

interface Sum {
  readonly plain: Block;
  /** Doubled, for a plaintext of less than a block. */
  readonly doubled: Block;
}

interface Keys {
  readonly rounds: number;
  /** Round keys, as they stand in the module's memory. */
  readonly expanded: Uint8Array;
  /** For the last block of AES-CMAC (RFC 4493 section 2.3). */
  readonly ofWholeBlock: Block;
  readonly ofPaddedBlock: Block;
}

/**
 * Expands a key of 32, 48 or 64 bytes (AES-128, -192, -256) once, for any number of calls: expansion and set-up cost
 * several times what sealing a short value does, and `aessiv` of `@noble/ciphers`, which expands keys here, expands them anew
 * for each part of every call. Throws a RangeError for other lengths.
 *
 * What is sealed or opened, and the key of the last call, stand in the module's memory, which is the process's, until others do.
 */
export function makeAesSiv(key: Uint8Array): AesSiv {
  if (key.length !== 32 && key.length !== 48 && key.length !== 64) {
    throw new RangeError(`an AES-SIV key has 32, 48 or 64 bytes, this one ${key.length}`);
  }
  const keys = expandedKeys(key);
  const macOfZero = Int32Array.from(macOf(keys, new Uint8Array(blockBytes)));
  const sumOf = (associatedData: readonly Uint8Array[]): Sum => {
    if (associatedData.length > maxAssociatedDataStrings) {
      throw new RangeError(`at most ${maxAssociatedDataStrings} strings of associated data`);
    }
    let plain: Block = macOfZero;
    for (const data of associatedData) plain = xor(doubledOf(plain), macOf(keys, data));
    return { plain, doubled: doubledOf(plain) };
  };
  // What Tink's pseudonyms have.
  const ofEmpty = sumOf([new Uint8Array(0)]);
  return {
    seal(plaintext, associatedData) {
      const sum = sumOf(associatedData);
      const { bytes } = moduleFor(plaintext.length);
      bytes.set(plaintext, layout.text);
      sealInPlace(keys, sum, plaintext.length);
      return Buffer.from(bytes.subarray(layout.text - sivBytes, layout.text + plaintext.length));
    },
    sealText(plaintext, before) {
      const start = layout.text - sivBytes - before.length;
      if (start < layout.before)
        throw new RangeError(`${before.length} bytes are too many to stand before a ciphertext`);
      const { bytes } = moduleFor(plaintext.length * 3);
      const lengthBytes = writeText(bytes, plaintext);
      sealInPlace(keys, ofEmpty, lengthBytes);
      bytes.set(before, start);
      return bytes.toString('base64', start, layout.text + lengthBytes);
    },
    open(sealed, associatedData) {
      if (sealed.length < sivBytes) return undefined;
      const sum = sumOf(associatedData);
      const lengthBytes = sealed.length - sivBytes;
      const module = moduleFor(lengthBytes);
      const claimed = sealed.subarray(0, sivBytes);
      module.bytes.set(claimed, layout.state);
      module.bytes.set(sealed.subarray(sivBytes), layout.text);
      applyCounterMode(module, keys, lengthBytes);
      const plaintext = Buffer.from(module.bytes.subarray(layout.text, layout.text + lengthBytes));
      s2v(module, keys, sum, lengthBytes);
      const siv = module.bytes.subarray(layout.state, layout.state + sivBytes);
      if (timingSafeEqual(siv, claimed)) return plaintext;
      plaintext.fill(0);
      return undefined;
    },
  };
}

/** One for all keys: a call ends before another begins. */
let sharedModule: AesModule | undefined;
/** Whose round keys stand in its memory. */
let keysThere: Keys | undefined;

function moduleFor(textBytes: number): AesModule {
  sharedModule ??= makeAesModule();
  sharedModule.reserve(textBytes);
  return sharedModule;
}

function expandedKeys(key: Uint8Array): Keys {
  const half = key.length / 2;
  const rounds = half / wordBytes + 6;
  const expanded = new Uint8Array(layout.state - layout.macKeys);
  expanded.set(bytesOf(unsafe.expandKeyLE(key.subarray(0, half))));
  expanded.set(bytesOf(unsafe.expandKeyLE(key.subarray(half))), layout.countKeys - layout.macKeys);
  const none = new Int32Array(4);
  const ofZeros = macOf({ rounds, expanded, ofWholeBlock: none, ofPaddedBlock: none }, new Uint8Array(blockBytes));
  const ofWholeBlock = doubledOf(ofZeros);
  return { rounds, expanded, ofWholeBlock, ofPaddedBlock: doubledOf(ofWholeBlock) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Below it a loop is faster than a call out of JavaScript. */
const maxLoopLength = 128;

/** Writes a text as UTF-8, for which there is room, and answers its bytes. */
function writeText(bytes: Buffer, text: string): number {
  const { length } = text;
  if (length > maxLoopLength) return bytes.write(text, layout.text, 'utf8');
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return bytes.write(text, layout.text, 'utf8');
    bytes[layout.text + at] = unit;
  }
  return length;
}

/** Makes of the text that stands in the module its ciphertext, and writes the SIV before it. */
function sealInPlace(keys: Keys, sum: Sum, lengthBytes: number): void {
  const module = moduleFor(lengthBytes);
  const { view } = module;
  s2v(module, keys, sum, lengthBytes);
  for (let at = 0; at < blockBytes; at += wordBytes) {
    view.setInt32(layout.text - sivBytes + at, view.getInt32(layout.state + at, true), true);
  }
  applyCounterMode(module, keys, lengthBytes);
}

/** RFC 5297 section 2.4, of the text as the last string: its state is the SIV. The text is as it was then, what is behind it is not. */
function s2v(module: AesModule, keys: Keys, sum: Sum, lengthBytes: number): void {
  const { bytes, view } = module;
  const isShort = lengthBytes < blockBytes;
  if (isShort) pad(bytes, lengthBytes, blockBytes);
  const at = layout.text + (isShort ? 0 : lengthBytes - blockBytes);
  xorInto(view, at, isShort ? sum.doubled : sum.plain);
  cmac(module, keys, Math.max(lengthBytes, blockBytes));
  xorInto(view, at, isShort ? sum.doubled : sum.plain);
}

/** AES-CMAC of a string, RFC 4493 section 2.4. */
function macOf(keys: Keys, message: Uint8Array): Block {
  const module = moduleFor(message.length);
  module.bytes.set(message, layout.text);
  cmac(module, keys, message.length);
  return readBlock(module.view, layout.state);
}

/** Of the text in the module, of which it leaves all as it was but what is behind it. */
function cmac(module: AesModule, keys: Keys, lengthBytes: number): void {
  const { bytes, view } = module;
  const blocks = blocksOf(Math.max(lengthBytes, 1));
  const end = blocks * blockBytes;
  if (lengthBytes < end) pad(bytes, lengthBytes, end);
  const lastKey = lengthBytes < end ? keys.ofPaddedBlock : keys.ofWholeBlock;
  xorInto(view, layout.text + end - blockBytes, lastKey);
  for (let at = 0; at < blockBytes; at += wordBytes) view.setInt32(layout.state + at, 0);
  useKeys(module, keys);
  module.mac(keys.rounds, blocks);
  xorInto(view, layout.text + end - blockBytes, lastKey);
}

/** A one bit and zeros behind so many bytes of the text, up to `end`. */
function pad(bytes: Uint8Array, lengthBytes: number, end: number): void {
  bytes[layout.text + lengthBytes] = 0x80;
  for (let at = layout.text + lengthBytes + 1; at < layout.text + end; at++) bytes[at] = 0;
}

/** XORs the key stream that starts at the SIV in the state into the text: RFC 5297 section 2.5. */
function applyCounterMode(module: AesModule, keys: Keys, lengthBytes: number): void {
  if (lengthBytes === 0) return;
  const { view } = module;
  // Two bits are cleared, so that counting 2^31 blocks (32 GiB) carries nothing out of the last word.
  view.setUint8(layout.state + 8, view.getUint8(layout.state + 8) & 0x7f);
  view.setUint8(layout.state + 12, view.getUint8(layout.state + 12) & 0x7f);
  useKeys(module, keys);
  module.count(keys.rounds, blocksOf(lengthBytes));
}

function useKeys({ bytes }: AesModule, keys: Keys): void {
  if (keysThere === keys) return;
  bytes.set(keys.expanded, layout.macKeys);
  keysThere = keys;
}

function blocksOf(lengthBytes: number): number {
  return Math.ceil(lengthBytes / blockBytes);
}

function xor(one: Block, other: Block): Block {
  return one.map((word, at) => word ^ wordOf(other, at));
}

function xorInto(view: DataView, at: number, block: Block): void {
  for (let word = 0; word < 4; word++) {
    const place = at + word * wordBytes;
    view.setInt32(place, view.getInt32(place, true) ^ wordOf(block, word), true);
  }
}

function readBlock(view: DataView, at: number): Block {
  const block = new Int32Array(4);
  for (let word = 0; word < 4; word++) block[word] = view.getInt32(at + word * wordBytes, true);
  return block;
}

function wordOf(block: Block, word: number): number {
  return block[word] ?? 0;
}

/** Doubling in the field of RFC 5297 section 2.3, in which the first bit is the highest. */
function doubledOf(block: Block): Block {
  const doubled = new Int32Array(4);
  let carry = swapped(wordOf(block, 0)) < 0 ? 0x87 : 0;
  for (let at = 3; at >= 0; at--) {
    const word = swapped(wordOf(block, at));
    doubled[at] = swapped((word << 1) ^ carry);
    carry = word >>> 31;
  }
  return doubled;
}

/** The word with its bytes in the other order. */
function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
