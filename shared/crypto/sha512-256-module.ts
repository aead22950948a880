/*
 * SHA-512/256 (FIPS 180-4) as a WebAssembly module, whose bytes are made here: Node's hash takes more for the call than for
 * a short message, and JavaScript has no 64-bit words that are fast.
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
  i64,
  instantiate,
  int,
  leb,
  lessInt,
  loadByte,
  long,
  set,
  subtractInt,
  tee,
} from './wasm-code.ts';

/** Where the module keeps and finds what, in its memory. */
export const layout = {
  /** Of each message its 128-byte blocks, a byte each. */
  blockCounts: 1_024,
  /** Of each message 32 bytes. */
  hashes: 2_048,
  /** One after the other, padded to whole blocks. */
  messages: 8_192,
  end: 65_536,
} as const;

export interface Sha512Module {
  readonly memory: Uint8Array;
  /** Hashes so many messages, at least one. */
  run(messages: number): void;
}

/** Instances share nothing. It takes some milliseconds. */
export function makeSha512Module(): Sha512Module {
  const locals = [
    [local.state - local.message, i32],
    [local.word - local.state + 1, i64],
  ] as const;
  const code = { parameters: 1, locals, memoryPages: layout.end / 65_536, functions: { run: program() } };
  const { memory, functionOf } = instantiate(code);
  const run = functionOf('run');
  const view = new DataView(memory.buffer);
  for (const [at, constant] of roundConstants.entries()) view.setBigUint64(at * wordBytes, constant, true);
  return { memory: new Uint8Array(memory.buffer), run: (messages) => run(messages) };
}

const wordBytes = 8;
const blockBytes = 128;
const hashBytes = 32;

/** Section 5.3.6.2. */
const initialState = [
  ...[0x22312194fc2bf72cn, 0x9f555fa3c84c64c2n, 0x2393b86b6f53b151n, 0x963877195940eabdn],
  ...[0x96283ee2a88effe3n, 0xbe5e1e2553863992n, 0x2b0199fc2c85b8aan, 0x0eb72ddc81c52ca2n],
] as const;

/** Section 4.2.3: the first 64 bits of the fractional parts of the cube roots of the first eighty primes. */
const roundConstants = [
  ...[0x428a2f98d728ae22n, 0x7137449123ef65cdn, 0xb5c0fbcfec4d3b2fn, 0xe9b5dba58189dbbcn],
  ...[0x3956c25bf348b538n, 0x59f111f1b605d019n, 0x923f82a4af194f9bn, 0xab1c5ed5da6d8118n],
  ...[0xd807aa98a3030242n, 0x12835b0145706fben, 0x243185be4ee4b28cn, 0x550c7dc3d5ffb4e2n],
  ...[0x72be5d74f27b896fn, 0x80deb1fe3b1696b1n, 0x9bdc06a725c71235n, 0xc19bf174cf692694n],
  ...[0xe49b69c19ef14ad2n, 0xefbe4786384f25e3n, 0x0fc19dc68b8cd5b5n, 0x240ca1cc77ac9c65n],
  ...[0x2de92c6f592b0275n, 0x4a7484aa6ea6e483n, 0x5cb0a9dcbd41fbd4n, 0x76f988da831153b5n],
  ...[0x983e5152ee66dfabn, 0xa831c66d2db43210n, 0xb00327c898fb213fn, 0xbf597fc7beef0ee4n],
  ...[0xc6e00bf33da88fc2n, 0xd5a79147930aa725n, 0x06ca6351e003826fn, 0x142929670a0e6e70n],
  ...[0x27b70a8546d22ffcn, 0x2e1b21385c26c926n, 0x4d2c6dfc5ac42aedn, 0x53380d139d95b3dfn],
  ...[0x650a73548baf63den, 0x766a0abb3c77b2a8n, 0x81c2c92e47edaee6n, 0x92722c851482353bn],
  ...[0xa2bfe8a14cf10364n, 0xa81a664bbc423001n, 0xc24b8b70d0f89791n, 0xc76c51a30654be30n],
  ...[0xd192e819d6ef5218n, 0xd69906245565a910n, 0xf40e35855771202an, 0x106aa07032bbd1b8n],
  ...[0x19a4c116b8d2d0c8n, 0x1e376c085141ab53n, 0x2748774cdf8eeb99n, 0x34b0bcb5e19b48a8n],
  ...[0x391c0cb3c5c95a63n, 0x4ed8aa4ae3418acbn, 0x5b9cca4f7763e373n, 0x682e6ff3d6b2b8a3n],
  ...[0x748f82ee5defb2fcn, 0x78a5636f43172f60n, 0x84c87814a1f0ab72n, 0x8cc702081a6439ecn],
  ...[0x90befffa23631e28n, 0xa4506cebde82bde9n, 0xbef9a3f7b2c67915n, 0xc67178f2e372532bn],
  ...[0xca273eceea26619cn, 0xd186b8c721c0c207n, 0xeada7dd6cde0eb1en, 0xf57d4f7fee6ed178n],
  ...[0x06f067aa72176fban, 0x0a637dc5a2c898a6n, 0x113f9804bef90daen, 0x1b710b35131c471bn],
  ...[0x28db77f523047d84n, 0x32caab7b40c72493n, 0x3c9ebe0a15c9bebcn, 0x431d67c49c100d4cn],
  ...[0x4cc5d4becb3e42b6n, 0x597f299cfc657e2an, 0x5fcb6fab3ad6faecn, 0x6c44198c4a475817n],
] as const;

/** Numbers of locals: the parameter, cursors, the message's state, the block's, its schedule, and a word. */
const local = { left: 0, message: 1, hash: 2, count: 3, blocks: 4, step: 5, state: 6, work: 14, words: 22, word: 38 };

const [add, and, or, xor] = [bytes(0x7c), bytes(0x83), bytes(0x84), bytes(0x85)];
const shiftLeft = (bits: number): Code => long(BigInt(bits)) + bytes(0x86);
const shiftRight = (bits: number): Code => long(BigInt(bits)) + bytes(0x88);
const rotate = (bits: number): Code => long(BigInt(bits)) + bytes(0x8a);
const loadLong = (offset: number): Code => bytes(0x29, 3) + leb(offset);
const storeLong = (offset: number): Code => bytes(0x37, 3) + leb(offset);
const beginIf = bytes(0x04, 0x40);
const again = (depth: number): Code => bytes(0x0c, depth);

function program(): Code {
  const toNext = (cursor: number, step: number) => get(cursor) + int(step) + addInt + set(cursor);
  const oneLess = (counter: number) => get(counter) + int(1) + subtractInt + tee(counter) + againIf(0) + end;
  return (
    int(layout.messages) +
    set(local.message) +
    int(layout.hashes) +
    set(local.hash) +
    int(layout.blockCounts) +
    set(local.count) +
    beginLoop +
    each(8, (at) => long(initialState[at] ?? 0n) + set(local.state + at)) +
    (get(local.count) + loadByte(0) + set(local.blocks)) +
    beginLoop +
    block() +
    toNext(local.message, blockBytes) +
    oneLess(local.blocks) +
    // Half of the state is the hash.
    each(4, (at) => get(local.hash) + get(local.state + at) + swap + storeLong(at * wordBytes)) +
    toNext(local.hash, hashBytes) +
    toNext(local.count, 1) +
    oneLess(local.left)
  );
}

/** Section 6.4.2: eighty rounds, sixteen in a row, with the next sixteen words of the schedule behind them. */
function block(): Code {
  return (
    each(16, (at) => get(local.message) + loadLong(at * wordBytes) + swap + set(local.words + at)) +
    each(8, (at) => get(local.state + at) + set(local.work + at)) +
    (int(0) + set(local.step)) +
    beginLoop +
    each(16, round) +
    (get(local.step) + int(blockBytes) + addInt + tee(local.step) + int(80 * wordBytes) + lessInt) +
    (beginIf + each(16, nextWord) + again(1) + end) +
    end +
    each(8, (at) => get(local.state + at) + get(local.work + at) + add + set(local.state + at))
  );
}

/** Instead of moving a to h, each round takes them from the next places. */
function round(number: number): Code {
  const place = (at: number) => local.work + ((at - number + 16) % 8);
  const [a, b, c, d] = [place(0), place(1), place(2), place(3)];
  const [e, f, g, h] = [place(4), place(5), place(6), place(7)];
  const chosen = get(g) + get(f) + get(g) + xor + get(e) + and + xor;
  const majority = get(a) + get(b) + and + get(a) + get(b) + or + get(c) + and + or;
  const constant = get(local.step) + loadLong(number * wordBytes);
  return (
    get(h) +
    (mixed(e, 14, 18, 41) + add) +
    (chosen + add) +
    (constant + add) +
    (get(local.words + number) + add) +
    tee(local.word) +
    (get(d) + add + set(d)) +
    get(local.word) +
    (mixed(a, 28, 34, 39) + add) +
    (majority + add) +
    set(h)
  );
}

function nextWord(number: number): Code {
  const word = (ahead: number) => local.words + ((number + ahead) % 16);
  return (
    get(word(0)) +
    (mixed(word(1), 1, 8) + get(word(1)) + shiftRight(7) + xor + add) +
    (get(word(9)) + add) +
    (mixed(word(14), 19, 61) + get(word(14)) + shiftRight(6) + xor + add) +
    set(word(0))
  );
}

/** A word rotated by each number of bits, together. */
function mixed(word: number, first: number, ...others: readonly number[]): Code {
  return get(word) + rotate(first) + others.map((bits) => get(word) + rotate(bits) + xor).join('');
}

/** Brings a word's bytes into the other order: WebAssembly is little endian, and SHA-512 is not. */
const swap = swapHalves(0x00ff00ff00ff00ffn, 8) + swapHalves(0x0000ffff0000ffffn, 16) + rotate(32);

function swapHalves(mask: bigint, bits: number): Code {
  const lower = get(local.word) + long(mask) + and + shiftLeft(bits);
  const upper = get(local.word) + shiftRight(bits) + long(mask) + and;
  return set(local.word) + lower + upper + or;
}
