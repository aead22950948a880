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
  const macOfZero = cmac(new Uint8Array(blockBytes));
  const siv = (plaintext: Uint8Array, associatedData: readonly Uint8Array[]) =>
    s2v(cmac, macOfZero, plaintext, associatedData);
  return {
    seal(plaintext, associatedData) {
      const sealed = Buffer.alloc(sivBytes + wholeBlocks(plaintext.length));
      sealed.set(siv(plaintext, associatedData));
      sealed.set(plaintext, sivBytes);
      applyCounterMode(counterKeys, sealed.subarray(0, sivBytes), sealed.subarray(sivBytes));
      return sealed.subarray(0, sivBytes + plaintext.length);
    },
    open(sealed, associatedData) {
      if (sealed.length < sivBytes) return undefined;
      const claimed = sealed.subarray(0, sivBytes);
      const padded = Buffer.alloc(wholeBlocks(sealed.length - sivBytes));
      padded.set(sealed.subarray(sivBytes));
      applyCounterMode(counterKeys, claimed, padded);
      const plaintext = padded.subarray(0, sealed.length - sivBytes);
      if (timingSafeEqual(siv(plaintext, associatedData), claimed)) return plaintext;
      padded.fill(0);
      return undefined;
    },
  };
}

type Cmac = (message: Uint8Array) => Uint8Array;

/** RFC 5297 section 2.4; the plaintext is the last string. */
function s2v(
  cmac: Cmac,
  macOfZero: Uint8Array,
  plaintext: Uint8Array,
  associatedData: readonly Uint8Array[],
): Uint8Array {
  if (associatedData.length > maxAssociatedDataStrings) {
    throw new RangeError(`at most ${maxAssociatedDataStrings} strings of associated data`);
  }
  const sum = Uint8Array.from(macOfZero);
  for (const data of associatedData) unsafe.xorBlock(unsafe.dbl(sum), cmac(data));
  if (plaintext.length >= blockBytes) return cmac(unsafe.xorend(Uint8Array.from(plaintext), sum));
  const padded = new Uint8Array(blockBytes);
  padded.set(plaintext);
  padded[plaintext.length] = 0x80;
  return cmac(unsafe.xorBlock(padded, unsafe.dbl(sum)));
}

/** AES-CMAC, RFC 4493 section 2.4. */
function makeCmac(roundKeys: Uint32Array): Cmac {
  const keyForWholeBlock = unsafe.dbl(unsafe.encryptBlock(roundKeys, new Uint8Array(blockBytes)));
  const keyForPaddedBlock = unsafe.dbl(Uint8Array.from(keyForWholeBlock));
  return (message) => {
    const lastStart = Math.max(wholeBlocks(message.length) - blockBytes, 0);
    const last = Buffer.alloc(blockBytes);
    last.set(message.subarray(lastStart));
    const lastBytes = message.length - lastStart;
    if (lastBytes < blockBytes) last[lastBytes] = 0x80;
    unsafe.xorBlock(last, lastBytes < blockBytes ? keyForPaddedBlock : keyForWholeBlock);

    const input = asBuffer(message);
    let state = { s0: 0, s1: 0, s2: 0, s3: 0 };
    for (let at = 0; at < lastStart; at += blockBytes) state = absorb(roundKeys, state, input, at);
    state = absorb(roundKeys, state, last, 0);
    last.writeInt32LE(state.s0 | 0, 0);
    last.writeInt32LE(state.s1 | 0, 4);
    last.writeInt32LE(state.s2 | 0, 8);
    last.writeInt32LE(state.s3 | 0, 12);
    return last;
  };
}

interface BlockWords {
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
  readonly s3: number;
}

/** AES of `state` XOR the block at `at`. */
function absorb(roundKeys: Uint32Array, state: BlockWords, input: Buffer, at: number): BlockWords {
  return unsafe.encrypt(
    roundKeys,
    state.s0 ^ input.readInt32LE(at),
    state.s1 ^ input.readInt32LE(at + 4),
    state.s2 ^ input.readInt32LE(at + 8),
    state.s3 ^ input.readInt32LE(at + 12),
  );
}

/** XORs the key stream that starts at the SIV into `blocks` (whole blocks), in place: RFC 5297 section 2.5. */
function applyCounterMode(roundKeys: Uint32Array, siv: Uint8Array, blocks: Buffer): void {
  const counter = Buffer.from(siv);
  // Two bits are cleared, so that counting 2^31 blocks (32 GiB) carries nothing out of the last word.
  counter.writeUInt8(counter.readUInt8(8) & 0x7f, 8);
  counter.writeUInt8(counter.readUInt8(12) & 0x7f, 12);
  const first = counter.readUInt32BE(12);
  for (let at = 0; at < blocks.length; at += blockBytes) {
    counter.writeUInt32BE(first + at / blockBytes, 12);
    const stream = absorb(roundKeys, { s0: 0, s1: 0, s2: 0, s3: 0 }, counter, 0);
    blocks.writeInt32LE(blocks.readInt32LE(at) ^ stream.s0, at);
    blocks.writeInt32LE(blocks.readInt32LE(at + 4) ^ stream.s1, at + 4);
    blocks.writeInt32LE(blocks.readInt32LE(at + 8) ^ stream.s2, at + 8);
    blocks.writeInt32LE(blocks.readInt32LE(at + 12) ^ stream.s3, at + 12);
  }
}

function wholeBlocks(lengthBytes: number): number {
  return Math.ceil(lengthBytes / blockBytes) * blockBytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
