/*
 * AES (FIPS 197) forwards, over whole blocks, as a WebAssembly module whose bytes are made here: Node's cipher takes more for the
 * call than for a short value, and JavaScript checks the place of every look-up. The tables have 4 KiB. It looks up by
 * secrets: whoever measures caches of the process learns as much as of any AES in software.
 */

import {
  addInt,
  againIf,
  beginLoop,
  bytes,
  type Code,
  each,
  end,
  get,
  i32,
  instantiate,
  int,
  leb,
  lessInt,
  loadByte,
  set,
  subtractInt,
  tee,
} from './wasm-code.ts';

/** Where the module keeps and finds what, in its memory. */
export const layout = {
  /** Round keys as `expandKeyLE` of `@noble/ciphers` gives them, of `mac` and of `count`. */
  macKeys: 4_096,
  countKeys: 4_352,
  /** A block: what `mac` goes on from and answers, and from which `count` counts. */
  state: 4_608,
  /** Room for what is to stand before a text, and its text, which is whole blocks. */
  before: 4_656,
  text: 4_736,
} as const;

const blockBytes = 16;
const pageBytes = 65_536;

/** Both begin at `layout.text` and take so many blocks, at least one; `rounds` is 10, 12 or 14. */
export interface AesModule {
  /** The state XORed with each block and encrypted, one after the other. */
  mac(rounds: number, blocks: number): void;
  /** XORs each block with the encrypted state, of which it then counts the last 32 bits up (big endian). */
  count(rounds: number, blocks: number): void;
  /** Its memory, which is others after `reserve`. */
  bytes: Buffer;
  view: DataView;
  /** Makes room for a text of so many bytes. */
  reserve(textBytes: number): void;
}

/** Instances share nothing. */
export function makeAesModule(): AesModule {
  const locals = [[localsBesideParameters, i32]] as const;
  const functions = { mac: macCode(), count: countCode() };
  const { memory, functionOf } = instantiate({ parameters: 2, locals, memoryPages: 1, functions });
  const [mac, count] = [functionOf('mac'), functionOf('count')];
  new Int32Array(memory.buffer).set(tables());
  const module: AesModule = {
    mac: (rounds, blocks) => mac(layout.macKeys + rounds * blockBytes, blocks),
    count: (rounds, blocks) => count(layout.countKeys + rounds * blockBytes, blocks),
    bytes: Buffer.from(memory.buffer),
    view: new DataView(memory.buffer),
    reserve(textBytes) {
      const missingBytes = layout.text + textBytes + blockBytes - module.bytes.length;
      if (missingBytes <= 0) return;
      memory.grow(Math.ceil(missingBytes / pageBytes));
      module.bytes = Buffer.from(memory.buffer);
      module.view = new DataView(memory.buffer);
    },
  };
  return module;
}

/**
 * What a byte of each of the four rows gives to its column (sections 5.1.1 and 5.1.3 together), one row after the other, a byte
 * of the column in each byte.
 */
function tables(): Int32Array {
  const sbox = makeSbox();
  return Int32Array.from({ length: 4 * 256 }, (_, place) => {
    const byte = sbox[place & 0xff] ?? 0;
    const two = doubled(byte);
    const column = two | (byte << 8) | (byte << 16) | ((two ^ byte) << 24);
    const turn = (place >> 8) * 8;
    return turn === 0 ? column : (column << turn) | (column >>> (32 - turn));
  });
}

/** Section 5.1.1: the inverse in the field, and an affine step. */
function makeSbox(): Uint8Array {
  const box = new Uint8Array(256);
  // Powers of 3 are all bytes but 0; those of its inverse go along.
  for (let power = 1, inverse = 1, count = 0; count < 255; count++) {
    const turned = inverse | (inverse << 8);
    box[power] = inverse ^ (turned >> 7) ^ (turned >> 6) ^ (turned >> 5) ^ (turned >> 4) ^ 0x63;
    power ^= doubled(power);
    for (const shift of [1, 2, 4]) inverse ^= (inverse << shift) & 0xff;
    if (inverse > 0x7f) inverse ^= 0x09;
  }
  box[0] = 0x63;
  return box;
}

function doubled(byte: number): number {
  return ((byte << 1) ^ (byte > 0x7f ? 0x11b : 0)) & 0xff;
}

/** Numbers of locals, all of 32 bits: two parameters, cursors, the state of a block and the next, and the counter. */
const local = { last: 0, left: 1, key: 2, text: 3, state: 4, next: 8, counter: 12 };
const localsBesideParameters = 14;
const tableBytes = 1_024;

const [and, or, xor] = [bytes(0x71), bytes(0x72), bytes(0x73)];
const shiftLeft = (bits: number): Code => int(bits) + bytes(0x74);
const shiftRight = (bits: number): Code => int(bits) + bytes(0x76);
const rotate = (bits: number): Code => int(bits) + bytes(0x77);
const load = (offset: number): Code => bytes(0x28, 0) + leb(offset);
const store = (offset: number): Code => bytes(0x36, 0) + leb(offset);
/** The code for each of the four words of a block. */
const eachWord = (codeOf: (at: number) => Code): Code => each(4, codeOf);
const wordBytes = 4;

/** Encrypts the state, with the round keys from `key` to `last`. */
function encryption(firstKeys: number): Code {
  const stateKeys = eachWord(
    (at) => get(local.state + at) + get(local.key) + load(at * wordBytes) + xor + set(local.state + at),
  );
  const nextKey = get(local.key) + int(blockBytes) + addInt + tee(local.key);
  return (
    int(firstKeys) +
    set(local.key) +
    stateKeys +
    nextKey +
    set(local.key) +
    beginLoop +
    eachWord((at) => column(at, mixed) + get(local.key) + load(at * wordBytes) + xor + set(local.next + at)) +
    eachWord((at) => get(local.next + at) + set(local.state + at)) +
    (nextKey + get(local.last) + lessInt + againIf(0) + end) +
    eachWord((at) => column(at, substituted) + get(local.key) + load(at * wordBytes) + xor + set(local.next + at)) +
    eachWord((at) => get(local.next + at) + set(local.state + at))
  );
}

/** A column after a round, of the four that the rows of the state were shifted from. */
function column(at: number, ofRow: (row: number) => Code): Code {
  return [0, 1, 2, 3]
    .map((row) => get(local.state + ((at + row) % 4)) + placeOf(row) + ofRow(row) + (row === 0 ? '' : xor))
    .join('');
}

/** Of a word the byte of that row, as a place in a table. */
function placeOf(row: number): Code {
  if (row === 0) return int(0xff) + and + shiftLeft(2);
  return shiftRight(row * 8 - 2) + int(0x3fc) + and;
}

const mixed = (row: number): Code => load(row * tableBytes);

/** The last round mixes no columns: the second byte of the first table is the byte itself. */
const substituted = (row: number): Code => loadByte(1) + (row === 0 ? '' : shiftLeft(row * 8));

const toNextText = get(local.text) + int(blockBytes) + addInt + set(local.text);
const untilNoneLeft = get(local.left) + int(1) + subtractInt + tee(local.left) + againIf(0) + end;

function macCode(): Code {
  return (
    eachWord((at) => int(layout.state) + load(at * wordBytes) + set(local.state + at)) +
    (int(layout.text) + set(local.text) + beginLoop) +
    eachWord((at) => get(local.state + at) + get(local.text) + load(at * wordBytes) + xor + set(local.state + at)) +
    (encryption(layout.macKeys) + toNextText + untilNoneLeft) +
    eachWord((at) => int(layout.state) + get(local.state + at) + store(at * wordBytes))
  );
}

/** Brings the bytes of the counter into the other order. */
const swappedCounter =
  get(local.counter) +
  rotate(8) +
  int(0x00ff00ff) +
  and +
  get(local.counter) +
  rotate(24) +
  int(~0x00ff00ff) +
  and +
  or;

function countCode(): Code {
  const lastWord = 3;
  const toText = (at: number) =>
    get(local.text) + get(local.text) + load(at * wordBytes) + get(local.state + at) + xor + store(at * wordBytes);
  const ofState = (at: number) => int(layout.state) + load(at * wordBytes);
  return (
    ofState(lastWord) +
    set(local.counter) +
    swappedCounter +
    set(local.counter) +
    (int(layout.text) + set(local.text) + beginLoop) +
    eachWord((at) => (at === lastWord ? swappedCounter : ofState(at)) + set(local.state + at)) +
    (encryption(layout.countKeys) + eachWord(toText)) +
    (get(local.counter) + int(1) + addInt + set(local.counter) + toNextText + untilNoneLeft)
  );
}
