import { timingSafeEqual } from 'node:crypto';
import { unsafe } from '@noble/ciphers/aes.js';
import { encryptBlock } from './aes-block.ts';

/** Length of the synthetic IV in front of every ciphertext, which is also its authentication tag. */
export const sivBytes = 16;

const blockBytes = 16;
// RFC 5297 section 7: S2V is proven for 127 strings, and the plaintext is one of them.
const maxAssociatedDataStrings = 126;

/** AES-SIV (RFC 5297) under one key. Equal input gives equal output: that is its purpose, and all that it reveals. */
export interface AesSiv {
  /**
   * SIV || ciphertext, and in front of it `before`. An empty string as associated data differs from none. Throws a
   * RangeError for more than 126 strings of associated data.
   */
  seal(plaintext: Uint8Array, associatedData: readonly Uint8Array[], before?: Uint8Array): Uint8Array;
  /** `seal` in base64. */
  sealText(plaintext: Uint8Array, associatedData: readonly Uint8Array[], before?: Uint8Array): string;
  /** The plaintext, or undefined when `sealed` was not made with this key and this associated data. */
  open(sealed: Uint8Array, associatedData: readonly Uint8Array[]): Uint8Array | undefined;
}

/**
 * Expands a key of 32, 48 or 64 bytes (AES-128, -192, -256) once, for any number of calls: expansion and set-up cost
 * twice what sealing a short value does, and `aessiv` of `@noble/ciphers`, which expands keys here, expands them anew for
 * each part of every call. Throws a RangeError for other lengths.
 */
export function makeAesSiv(key: Uint8Array): AesSiv {
  if (key.length !== 32 && key.length !== 48 && key.length !== 64) {
    throw new RangeError(`an AES-SIV key has 32, 48 or 64 bytes, this one ${key.length}`);
  }
  const half = key.length / 2;
  const cmac = makeCmac(roundKeysOf(key.subarray(0, half)));
  const counterKeys = roundKeysOf(key.subarray(half));
  const s2v = makeS2v(cmac);
  /** What it answers begins with what is sealed, until the next call. */
  const sealInPlace: AesSivInPlace = (plaintext, associatedData, before) => {
    const siv = s2v(plaintext, associatedData);
    const start = before.length + sivBytes;
    const end = start + plaintext.length;
    const work = workFor(start + wholeBlocks(plaintext.length));
    work.bytes.set(before);
    writeBlock(work.view, before.length, siv);
    work.bytes.set(plaintext, start);
    applyCounterMode(counterKeys, siv, work.view, { start, end });
    return work.bytes;
  };
  return {
    seal(plaintext, associatedData, before = nothing) {
      const sealed = sealInPlace(plaintext, associatedData, before);
      return Buffer.from(sealed.subarray(0, before.length + sivBytes + plaintext.length));
    },
    sealText(plaintext, associatedData, before = nothing) {
      const sealed = sealInPlace(plaintext, associatedData, before);
      return sealed.toString('base64', 0, before.length + sivBytes + plaintext.length);
    },
    open(sealed, associatedData) {
      if (sealed.length < sivBytes) return undefined;
      const claimed = sealed.subarray(0, sivBytes);
      const lengthBytes = sealed.length - sivBytes;
      const opened = newWork(wholeBlocks(lengthBytes));
      opened.bytes.set(sealed.subarray(sivBytes));
      const claimedSiv = readBlock(viewOf(claimed), 0);
      applyCounterMode(counterKeys, claimedSiv, opened.view, { start: 0, end: lengthBytes });
      const plaintext = opened.bytes.subarray(0, lengthBytes);
      if (timingSafeEqual(blockBytesOf(s2v(plaintext, associatedData)), claimed)) return plaintext;
      opened.bytes.fill(0);
      return undefined;
    },
  };
}

type AesSivInPlace = (plaintext: Uint8Array, associatedData: readonly Uint8Array[], before: Uint8Array) => Buffer;

const nothing = new Uint8Array(0);

function roundKeysOf(key: Uint8Array): Int32Array {
  const { buffer, byteOffset, length } = unsafe.expandKeyLE(key);
  return new Int32Array(buffer, byteOffset, length);
}

/** A block as AES takes it: four words, little endian. */
type Block = Int32Array;

interface Work {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** What is worked on stands here where it fits, until the next call. */
const sharedWork = newWork(1_024);

function workFor(lengthBytes: number): Work {
  return lengthBytes <= sharedWork.bytes.length ? sharedWork : newWork(lengthBytes);
}

function newWork(lengthBytes: number): Work {
  const bytes = Buffer.alloc(lengthBytes);
  return { bytes, view: viewOf(bytes) };
}

type S2v = (plaintext: Uint8Array, associatedData: readonly Uint8Array[]) => Block;

interface Sum {
  readonly plain: Block;
  /** Doubled, for a plaintext of less than a block. */
  readonly doubled: Block;
}

/** RFC 5297 section 2.4; the plaintext is the last string. */
function makeS2v(cmac: Cmac): S2v {
  const macOf = (message: Uint8Array) => {
    const work = workFor(wholeBlocks(Math.max(message.length, 1)));
    work.bytes.set(message);
    return cmac(work, message.length);
  };
  const macOfZero = Int32Array.from(macOf(new Uint8Array(blockBytes)));
  const sumOf = (associatedData: readonly Uint8Array[]): Sum => {
    let plain: Block = macOfZero;
    for (const data of associatedData) plain = xor(doubledOf(plain), macOf(data));
    return { plain, doubled: doubledOf(plain) };
  };
  // Of one empty string, which is what Tink's pseudonyms have.
  const ofEmpty = sumOf([new Uint8Array(0)]);
  return (plaintext, associatedData) => {
    if (associatedData.length > maxAssociatedDataStrings) {
      throw new RangeError(`at most ${maxAssociatedDataStrings} strings of associated data`);
    }
    const isOneEmpty = associatedData.length === 1 && associatedData[0]?.length === 0;
    const sum = isOneEmpty ? ofEmpty : sumOf(associatedData);
    const { length } = plaintext;
    const work = workFor(wholeBlocks(Math.max(length, 1)));
    work.bytes.set(plaintext);
    if (length >= blockBytes) {
      xorInto(work.view, length - blockBytes, sum.plain);
      return cmac(work, length);
    }
    pad(work.bytes, length, blockBytes);
    xorInto(work.view, 0, sum.doubled);
    return cmac(work, blockBytes);
  };
}

/**
 * Of so many bytes of what stands there, which it changes: there is room for whole blocks, one at least. What it answers
 * stands until the next call.
 */
type Cmac = (work: Work, lengthBytes: number) => Block;

/** AES-CMAC, RFC 4493 section 2.4. */
function makeCmac(roundKeys: Int32Array): Cmac {
  const state = new Int32Array(4);
  encryptBlock(roundKeys, state);
  const keyForWholeBlock = doubledOf(state);
  const keyForPaddedBlock = doubledOf(keyForWholeBlock);
  return ({ bytes, view }, lengthBytes) => {
    const end = wholeBlocks(Math.max(lengthBytes, 1));
    if (lengthBytes < end) pad(bytes, lengthBytes, end);
    xorInto(view, end - blockBytes, lengthBytes < end ? keyForPaddedBlock : keyForWholeBlock);
    state.fill(0);
    for (let at = 0; at < end; at += blockBytes) {
      for (let word = 0; word < 4; word++) state[word] = wordOf(state, word) ^ view.getInt32(at + word * 4, true);
      encryptBlock(roundKeys, state);
    }
    return state;
  };
}

/** A one bit and zeros up to `end`. */
function pad(bytes: Uint8Array, start: number, end: number): void {
  bytes[start] = 0x80;
  bytes.fill(0, start + 1, end);
}

/** XORs the key stream that starts at the SIV into whole blocks, in place: RFC 5297 section 2.5. */
function applyCounterMode(
  roundKeys: Int32Array,
  siv: Block,
  blocks: DataView,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  // Two bits are cleared, so that counting 2^31 blocks (32 GiB) carries nothing out of the last word.
  const [zero, one, third] = [wordOf(siv, 0), wordOf(siv, 1), wordOf(siv, 2) & ~0x80];
  const first = swapped(wordOf(siv, 3) & ~0x80);
  for (let at = start, count = 0; at < end; at += blockBytes, count++) {
    stream[0] = zero;
    stream[1] = one;
    stream[2] = third;
    stream[3] = swapped(first + count);
    encryptBlock(roundKeys, stream);
    xorInto(blocks, at, stream);
  }
}

/** Until the next block. */
const stream = new Int32Array(4);

/** The word with its bytes in the other order. */
function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function xor(one: Block, other: Block): Block {
  return one.map((word, at) => word ^ wordOf(other, at));
}

function xorInto(view: DataView, at: number, block: Block): void {
  for (let word = 0; word < 4; word++) {
    view.setInt32(at + word * 4, view.getInt32(at + word * 4, true) ^ wordOf(block, word), true);
  }
}

function readBlock(view: DataView, at: number): Block {
  const block = new Int32Array(4);
  for (let word = 0; word < 4; word++) block[word] = view.getInt32(at + word * 4, true);
  return block;
}

function writeBlock(view: DataView, at: number, block: Block): void {
  for (let word = 0; word < 4; word++) view.setInt32(at + word * 4, wordOf(block, word), true);
}

function wordOf(block: Block, word: number): number {
  return block[word] ?? 0;
}

function blockBytesOf(block: Block): Uint8Array {
  const { bytes, view } = newWork(blockBytes);
  writeBlock(view, 0, block);
  return bytes;
}

/** Doubling in the field of RFC 5297 section 2.3. */
function doubledOf(block: Block): Block {
  return readBlock(viewOf(unsafe.dbl(blockBytesOf(block))), 0);
}

function wholeBlocks(lengthBytes: number): number {
  return Math.ceil(lengthBytes / blockBytes) * blockBytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
