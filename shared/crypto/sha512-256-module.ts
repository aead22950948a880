/*
 * SHA-512/256 (FIPS 180-4) as a WebAssembly module, whose bytes are made here: Node's hash takes more for the call than for
 * a short message, and JavaScript has no 64-bit words that are fast.
 */

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

// What of WebAssembly is used here, which the library of TypeScript has for browsers alone.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

export interface Sha512Module {
  readonly memory: Uint8Array;
  /** Hashes so many messages, at least one. */
  run(messages: number): void;
}

/** Instances share nothing. Half a millisecond. */
export function makeSha512Module(): Sha512Module {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, run } = exports;
  if (typeof run !== 'function' || typeof memory !== 'object' || memory === null || !('buffer' in memory)) {
    throw new Error('the module exports something else');
  }
  if (!(memory.buffer instanceof ArrayBuffer)) throw new Error('the memory of the module is none');
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  for (const [at, constant] of roundConstants.entries()) view.setBigUint64(at * wordBytes, constant, true);
  return { memory: bytes, run: (messages) => run(messages) };
}

const wordBytes = 8;
const blockBytes = 128;

/** Section 5.3.6.2. */
const initialState = [
  ...[0x22312194fc2bf72cn, 0x9f555fa3c84c64c2n, 0x2393b86b6f53b151n, 0x963877195940eabdn],
  ...[0x96283ee2a88effe3n, 0xbe5e1e2553863992n, 0x2b0199fc2c85b8aan, 0x0eb72ddc81c52ca2n],
] as const;

/** Section 4.2.3: the first 64 bits of the fractional parts of the cube roots of the first eighty primes. */
const roundConstants: readonly bigint[] = firstPrimes(80).map((prime) =>
  BigInt.asUintN(64, cubeRoot(BigInt(prime) << 192n)),
);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let next = 2; primes.length < count; next++) if (primes.every((prime) => next % prime !== 0)) primes.push(next);
  return primes;
}

/** By Newton's method, from above. */
function cubeRoot(of: bigint): bigint {
  let root = 1n << 68n;
  for (;;) {
    const next = (2n * root + of / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
}

type Code = readonly number[];

/** Numbers of locals: the parameter, cursors, the message's state, the block's, and its schedule. */
const local = { left: 0, message: 1, hash: 2, count: 3, blocks: 4, step: 5, state: 6, work: 14, words: 22, sum: 38 };
const [i32, i64] = [0x7f, 0x7e];

const get = (at: number): Code => [0x20, at];
const set = (at: number): Code => [0x21, at];
const tee = (at: number): Code => [0x22, at];
const int = (value: number): Code => [0x41, ...signedLeb(BigInt(value))];
const long = (value: bigint): Code => [0x42, ...signedLeb(BigInt.asIntN(64, value))];
const [addInt, subtractInt, lessInt] = [[0x6a], [0x6b], [0x49]];
const [add, and, or, xor] = [[0x7c], [0x83], [0x84], [0x85]];
const shiftLeft = (bits: number): Code => [...long(BigInt(bits)), 0x86];
const shiftRight = (bits: number): Code => [...long(BigInt(bits)), 0x88];
const rotate = (value: Code, bits: number): Code => [...value, ...long(BigInt(bits)), 0x8a];
const loadLong = (offset: number): Code => [0x29, 3, ...leb(offset)];
const storeLong = (offset: number): Code => [0x37, 3, ...leb(offset)];
const loadByte: Code = [0x2d, 0, 0];
const [beginLoop, beginIf, end] = [[0x03, 0x40], [0x04, 0x40], [0x0b]];
const again = (depth: number): Code => [0x0c, depth];
const againIf = (depth: number): Code => [0x0d, depth];

const eight = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const sixteen = Array.from({ length: 16 }, (_, at) => at);

function program(): Code {
  return [
    ...[...int(layout.messages), ...set(local.message), ...int(layout.hashes), ...set(local.hash)],
    ...[...int(layout.blockCounts), ...set(local.count)],
    ...beginLoop,
    ...eight.flatMap((at) => [...long(initialState[at] ?? 0n), ...set(local.state + at)]),
    ...[...get(local.count), ...loadByte, ...set(local.blocks)],
    ...beginLoop,
    ...block(),
    ...[...get(local.message), ...int(blockBytes), ...addInt, ...set(local.message)],
    ...[...get(local.blocks), ...int(1), ...subtractInt, ...tee(local.blocks), ...againIf(0), ...end],
    // Half of the state is the hash.
    ...[0, 1, 2, 3].flatMap((at) => [
      ...[...get(local.hash), ...swapped(get(local.state + at)), ...storeLong(at * wordBytes)],
    ]),
    ...[...get(local.hash), ...int(32), ...addInt, ...set(local.hash)],
    ...[...get(local.count), ...int(1), ...addInt, ...set(local.count)],
    ...[...get(local.left), ...int(1), ...subtractInt, ...tee(local.left), ...againIf(0), ...end],
    ...end,
  ];
}

/** Section 6.4.2: eighty rounds, sixteen in a row, with the next sixteen words of the schedule behind them. */
function block(): Code {
  return [
    ...sixteen.flatMap((at) => [
      ...[...swapped([...get(local.message), ...loadLong(at * wordBytes)]), ...set(local.words + at)],
    ]),
    ...eight.flatMap((at) => [...get(local.state + at), ...set(local.work + at)]),
    ...[...int(0), ...set(local.step)],
    ...beginLoop,
    ...sixteen.flatMap(round),
    ...[...get(local.step), ...int(blockBytes), ...addInt, ...tee(local.step), ...int(80 * wordBytes), ...lessInt],
    ...beginIf,
    ...sixteen.flatMap(nextWord),
    ...[...again(1), ...end, ...end],
    ...eight.flatMap((at) => [
      ...[...get(local.state + at), ...get(local.work + at), ...add, ...set(local.state + at)],
    ]),
  ];
}

/** Instead of moving a to h, each round takes them from the next places. */
function round(number: number): Code {
  const [a, b, c, d, e, f, g, h] = eight.map((at) => local.work + ((at - number + 16) % 8));
  if (!(a && b && c && d && e && f && g && h)) throw new Error('a round has eight words');
  const chosen = [...get(g), ...get(f), ...get(g), ...xor, ...get(e), ...and, ...xor];
  const majority = [...get(a), ...get(b), ...and, ...get(a), ...get(b), ...or, ...get(c), ...and, ...or];
  return [
    ...[...get(h), ...mixed(e, 14, 18, 41), ...add, ...chosen, ...add],
    ...[...get(local.step), ...loadLong(number * wordBytes), ...add],
    ...[...get(local.words + number), ...add, ...tee(local.sum)],
    ...[...get(d), ...add, ...set(d)],
    ...[...get(local.sum), ...mixed(a, 28, 34, 39), ...add, ...majority, ...add, ...set(h)],
  ];
}

function nextWord(number: number): Code {
  const word = (ahead: number) => local.words + ((number + ahead) % 16);
  return [
    ...[...get(word(0)), ...mixed(word(1), 1, 8), ...get(word(1)), ...shiftRight(7), ...xor, ...add],
    ...[...get(word(9)), ...add],
    ...[...mixed(word(14), 19, 61), ...get(word(14)), ...shiftRight(6), ...xor, ...add, ...set(word(0))],
  ];
}

/** A word rotated by each number of bits, together. */
function mixed(word: number, first: number, ...others: readonly number[]): Code {
  return [...rotate(get(word), first), ...others.flatMap((bits) => [...rotate(get(word), bits), ...xor])];
}

/** With its bytes in the other order: WebAssembly is little endian, and SHA-512 is not. */
function swapped(value: Code): Code {
  const halves = (mask: bigint, bits: number): Code => [
    ...[...set(local.sum), ...get(local.sum), ...long(mask), ...and, ...shiftLeft(bits)],
    ...[...get(local.sum), ...shiftRight(bits), ...long(mask), ...and, ...or],
  ];
  return rotate([...value, ...halves(0x00ff00ff00ff00ffn, 8), ...halves(0x0000ffff0000ffffn, 16)], 32);
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** The binary format of the WebAssembly Core Specification, chapter 5: one function, one memory, both exported. */
function moduleBytes(): Uint8Array {
  const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  const locals = [2, local.state - local.message, i32, local.sum - local.state + 1, i64];
  const body = [...locals, ...program()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, layout.end / 65_536]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('run'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
