/*
 * AES's block function (FIPS 197) forwards, which is all that AES-SIV takes. `@noble/ciphers` looks two bytes up at once, in
 * tables of 640 KiB, which are beside each other in no core's second cache once anything else runs; these have 5 KiB. Both
 * look up by secrets: whoever measures caches of the process learns as much of either.
 */

/** Section 5.1.1: the inverse in the field, and an affine step. */
const sbox = makeSbox();
/**
 * What a byte of each of the four rows gives to its column (sections 5.1.1 and 5.1.3 together), one row after the other, a byte
 * of the column in each byte.
 */
const rows = Int32Array.from({ length: 4 * 256 }, (_, place) => {
  const byte = at(sbox, place & 0xff);
  const two = doubled(byte);
  const column = two | (byte << 8) | (byte << 16) | ((two ^ byte) << 24);
  const turn = (place >> 8) * 8;
  return turn === 0 ? column : (column << turn) | (column >>> (32 - turn));
});

function makeSbox(): Int32Array {
  const box = new Int32Array(256);
  // Powers of 3 are all bytes but 0; those of its inverse go along.
  for (let power = 1, inverse = 1, count = 0; count < 255; count++) {
    const turned = inverse | (inverse << 8);
    box[power] = (inverse ^ (turned >> 7) ^ (turned >> 6) ^ (turned >> 5) ^ (turned >> 4) ^ 0x63) & 0xff;
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

/** Encrypts a block in place: four words, little endian. Round keys as `expandKeyLE` of `@noble/ciphers` gives them. */
export function encryptBlock(roundKeys: Int32Array, block: Int32Array): void {
  let s0 = at(block, 0) ^ at(roundKeys, 0);
  let s1 = at(block, 1) ^ at(roundKeys, 1);
  let s2 = at(block, 2) ^ at(roundKeys, 2);
  let s3 = at(block, 3) ^ at(roundKeys, 3);
  let key = 4;
  for (const last = roundKeys.length - 4; key < last; key += 4) {
    const t0 = mixed(s0, s1, s2, s3) ^ at(roundKeys, key);
    const t1 = mixed(s1, s2, s3, s0) ^ at(roundKeys, key + 1);
    const t2 = mixed(s2, s3, s0, s1) ^ at(roundKeys, key + 2);
    s3 = mixed(s3, s0, s1, s2) ^ at(roundKeys, key + 3);
    s0 = t0;
    s1 = t1;
    s2 = t2;
  }
  block[0] = substituted(s0, s1, s2, s3) ^ at(roundKeys, key);
  block[1] = substituted(s1, s2, s3, s0) ^ at(roundKeys, key + 1);
  block[2] = substituted(s2, s3, s0, s1) ^ at(roundKeys, key + 2);
  block[3] = substituted(s3, s0, s1, s2) ^ at(roundKeys, key + 3);
}

/** A column after a round, of the four that the rows of the state were shifted from. */
function mixed(a: number, b: number, c: number, d: number): number {
  return (
    at(rows, a & 0xff) ^
    at(rows, 0x100 | ((b >>> 8) & 0xff)) ^
    at(rows, 0x200 | ((c >>> 16) & 0xff)) ^
    at(rows, 0x300 | (d >>> 24))
  );
}

/** The last round mixes no columns. */
function substituted(a: number, b: number, c: number, d: number): number {
  return (
    at(sbox, a & 0xff) |
    (at(sbox, (b >>> 8) & 0xff) << 8) |
    (at(sbox, (c >>> 16) & 0xff) << 16) |
    (at(sbox, d >>> 24) << 24)
  );
}

function at(words: Int32Array, place: number): number {
  return words[place] ?? 0;
}
