import { timingSafeEqual } from 'node:crypto';
import { unsafe } from '@noble/ciphers/aes.js';

/** Length of the synthetic IV in front of every ciphertext, which is also its authentication tag. */
export const sivBytes = 16;

const blockBytes = 16;
// RFC 5297 section 7: S2V is proven for 127 strings, and the plaintext is one of them.
const maxAssociatedDataStrings = 126;

/** AES-SIV (RFC 5297) under one key. Equal input gives equal output: that is its purpose, and all that it reveals. */
export interface AesSiv {
  /**
   * SIV || ciphertext. An empty string as associated data differs from none. Throws a RangeError for more than 126
   * strings of associated data.
   */
  seal(plaintext: Uint8Array, associatedData: readonly Uint8Array[]): Uint8Array;
  /** The plaintext, or undefined when `sealed` was not made with this key and this associated data. */
  open(sealed: Uint8Array, associatedData: readonly Uint8Array[]): Uint8Array | undefined;
}

/**
 * Expands a key of 32, 48 or 64 bytes (AES-128, -192, -256) once, for any number of calls: expansion and set-up cost
 * twice what sealing a short value does. The modes are written here over the AES block function of `@noble/ciphers`,
 * whose own `aessiv` expands the key anew for each part of every call. Throws a RangeError for other lengths.
 */
export function makeAesSiv(key: Uint8Array): AesSiv {
  if (key.length !== 32 && key.length !== 48 && key.length !== 64) {
    throw new RangeError(`an AES-SIV key has 32, 48 or 64 bytes, this one ${key.length}`);
  }
  const half = key.length / 2;
  const cmac = makeCmac(unsafe.expandKeyLE(key.subarray(0, half)));
  const counterKeys = unsafe.expandKeyLE(key.subarray(half));
  const s2v = makeS2v(cmac);
  return {
    seal(plaintext, associatedData) {
      const siv = s2v(plaintext, associatedData);
      const work = workFor(sivBytes + wholeBlocks(plaintext.length));
      writeBlock(work.view, 0, siv);
      work.bytes.set(plaintext, sivBytes);
      applyCounterMode(counterKeys, siv, work.view, { start: sivBytes, end: sivBytes + plaintext.length });
      return Buffer.from(work.bytes.subarray(0, sivBytes + plaintext.length));
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

/** A block as AES takes it: four words, little endian. */
interface Block {
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
  readonly s3: number;
}

interface Work {
  readonly bytes: Uint8Array;
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
  const macOfZero = macOf(new Uint8Array(blockBytes));
  const sumOf = (associatedData: readonly Uint8Array[]): Sum => {
    let plain = macOfZero;
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

/** Of so many bytes of what stands there, which it changes: there is room for whole blocks, one at least. */
type Cmac = (work: Work, lengthBytes: number) => Block;

/** AES-CMAC, RFC 4493 section 2.4. */
function makeCmac(roundKeys: Uint32Array): Cmac {
  const keyForWholeBlock = doubledOf(unsafe.encrypt(roundKeys, 0, 0, 0, 0));
  const keyForPaddedBlock = doubledOf(keyForWholeBlock);
  return ({ bytes, view }, lengthBytes) => {
    const end = wholeBlocks(Math.max(lengthBytes, 1));
    if (lengthBytes < end) pad(bytes, lengthBytes, end);
    xorInto(view, end - blockBytes, lengthBytes < end ? keyForPaddedBlock : keyForWholeBlock);
    let state: Block = { s0: 0, s1: 0, s2: 0, s3: 0 };
    for (let at = 0; at < end; at += blockBytes) {
      state = unsafe.encrypt(
        roundKeys,
        state.s0 ^ view.getInt32(at, true),
        state.s1 ^ view.getInt32(at + 4, true),
        state.s2 ^ view.getInt32(at + 8, true),
        state.s3 ^ view.getInt32(at + 12, true),
      );
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
  roundKeys: Uint32Array,
  { s0, s1, s2, s3 }: Block,
  blocks: DataView,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  // Two bits are cleared, so that counting 2^31 blocks (32 GiB) carries nothing out of the last word.
  const third = s2 & ~0x80;
  const first = swapped(s3 & ~0x80);
  for (let at = start, count = 0; at < end; at += blockBytes, count++) {
    xorInto(blocks, at, unsafe.encrypt(roundKeys, s0, s1, third, swapped(first + count)));
  }
}

/** The word with its bytes in the other order. */
function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function xor(one: Block, other: Block): Block {
  return { s0: one.s0 ^ other.s0, s1: one.s1 ^ other.s1, s2: one.s2 ^ other.s2, s3: one.s3 ^ other.s3 };
}

function xorInto(view: DataView, at: number, { s0, s1, s2, s3 }: Block): void {
  view.setInt32(at, view.getInt32(at, true) ^ s0, true);
  view.setInt32(at + 4, view.getInt32(at + 4, true) ^ s1, true);
  view.setInt32(at + 8, view.getInt32(at + 8, true) ^ s2, true);
  view.setInt32(at + 12, view.getInt32(at + 12, true) ^ s3, true);
}

function readBlock(view: DataView, at: number): Block {
  return {
    s0: view.getInt32(at, true),
    s1: view.getInt32(at + 4, true),
    s2: view.getInt32(at + 8, true),
    s3: view.getInt32(at + 12, true),
  };
}

function writeBlock(view: DataView, at: number, { s0, s1, s2, s3 }: Block): void {
  view.setInt32(at, s0, true);
  view.setInt32(at + 4, s1, true);
  view.setInt32(at + 8, s2, true);
  view.setInt32(at + 12, s3, true);
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
