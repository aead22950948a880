/*
 * AES (FIPS 197) forwards, over whole blocks, as a WebAssembly module whose bytes are made here: Node's cipher takes more for the
 * call than for a short value, and JavaScript checks the place of every look-up. The tables have 4 KiB. It looks up by
 * secrets: whoever measures caches of the process learns as much as of any AES in software.
 */

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

// What of WebAssembly is used here, which the library of TypeScript has for browsers alone.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

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
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, mac, count } = exports;
  if (typeof mac !== 'function' || typeof count !== 'function' || !isMemory(memory)) {
    throw new Error('the module exports something else');
  }
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

function isMemory(value: unknown): value is Memory {
  return typeof value === 'object' && value !== null && 'buffer' in value && value.buffer instanceof ArrayBuffer;
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

/** Bytes as a text, a character each: texts are joined in a hundredth of the time of arrays. */
type Code = string;

const bytes = (...values: readonly number[]): Code => String.fromCharCode(...values);

/** Numbers of locals, all of 32 bits: two parameters, cursors, the state of a block and the next, and the counter. */
const local = { last: 0, left: 1, key: 2, text: 3, state: 4, next: 8, counter: 12 };
const localsBesideParameters = 14;
const tableBytes = 1_024;

const get = (at: number): Code => bytes(0x20, at);
const set = (at: number): Code => bytes(0x21, at);
const tee = (at: number): Code => bytes(0x22, at);
const int = (value: number): Code => bytes(0x41) + signedLeb(value);
const [add, subtract, and, or, xor] = [bytes(0x6a), bytes(0x6b), bytes(0x71), bytes(0x72), bytes(0x73)];
const shiftLeft = (bits: number): Code => int(bits) + bytes(0x74);
const shiftRight = (bits: number): Code => int(bits) + bytes(0x76);
const rotate = (bits: number): Code => int(bits) + bytes(0x77);
const load = (offset: number): Code => bytes(0x28, 0) + leb(offset);
const loadByte = (offset: number): Code => bytes(0x2d, 0) + leb(offset);
const store = (offset: number): Code => bytes(0x36, 0) + leb(offset);
const [beginLoop, end, less] = [bytes(0x03, 0x40), bytes(0x0b), bytes(0x49)];
const againIf = bytes(0x0d, 0);
/** The code for each of the four words of a block. */
const each = (codeOf: (at: number) => Code): Code => [0, 1, 2, 3].map(codeOf).join('');
const wordBytes = 4;

/** Encrypts the state, with the round keys from `key` to `last`. */
function encryption(firstKeys: number): Code {
  const stateKeys = each(
    (at) => get(local.state + at) + get(local.key) + load(at * wordBytes) + xor + set(local.state + at),
  );
  const nextKey = get(local.key) + int(blockBytes) + add + tee(local.key);
  return (
    int(firstKeys) +
    set(local.key) +
    stateKeys +
    nextKey +
    set(local.key) +
    beginLoop +
    each((at) => column(at, mixed) + get(local.key) + load(at * wordBytes) + xor + set(local.next + at)) +
    each((at) => get(local.next + at) + set(local.state + at)) +
    (nextKey + get(local.last) + less + againIf + end) +
    each((at) => column(at, substituted) + get(local.key) + load(at * wordBytes) + xor + set(local.next + at)) +
    each((at) => get(local.next + at) + set(local.state + at))
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

const toNextText = get(local.text) + int(blockBytes) + add + set(local.text);
const untilNoneLeft = get(local.left) + int(1) + subtract + tee(local.left) + againIf + end;

function macCode(): Code {
  return (
    each((at) => int(layout.state) + load(at * wordBytes) + set(local.state + at)) +
    (int(layout.text) + set(local.text) + beginLoop) +
    each((at) => get(local.state + at) + get(local.text) + load(at * wordBytes) + xor + set(local.state + at)) +
    (encryption(layout.macKeys) + toNextText + untilNoneLeft) +
    each((at) => int(layout.state) + get(local.state + at) + store(at * wordBytes))
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
    each((at) => (at === lastWord ? swappedCounter : ofState(at)) + set(local.state + at)) +
    (encryption(layout.countKeys) + each(toText)) +
    (get(local.counter) + int(1) + add + set(local.counter) + toNextText + untilNoneLeft)
  );
}

function leb(value: number): Code {
  return value < 0x80 ? bytes(value) : bytes((value & 0x7f) | 0x80) + leb(value >>> 7);
}

function signedLeb(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? bytes(low) : bytes(low | 0x80) + signedLeb(rest);
}

/** The binary format of the WebAssembly Core Specification, chapter 5: two functions, one memory, all exported. */
function moduleBytes(): Uint8Array {
  const i32 = 0x7f;
  const section = (id: number, content: Code): Code => bytes(id) + leb(content.length) + content;
  const name = (text: string): Code => leb(text.length) + text;
  const body = (code: Code): Code => {
    const whole = bytes(1, localsBesideParameters, i32) + code + end;
    return leb(whole.length) + whole;
  };
  return Buffer.from(
    bytes(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0) +
      section(1, bytes(1, 0x60, 2, i32, i32, 0)) +
      section(3, bytes(2, 0, 0)) +
      section(5, bytes(1, 0, 1)) +
      section(7, bytes(3) + name('memory') + bytes(2, 0) + name('mac') + bytes(0, 0) + name('count') + bytes(0, 1)) +
      section(10, bytes(2) + body(macCode()) + body(countCode())),
    'latin1',
  );
}
