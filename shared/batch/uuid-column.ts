/** Bytes of a UUID, and characters of its text in lower case. */
export const uuidBytes = 16;
export const uuidTextLength = 36;

/** Where in a text the two digits of each byte begin; hyphens stand between. */
const digitsAt = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const hyphensAt = [8, 13, 18, 23] as const;
const hyphen = 0x2d;
const digits = '0123456789abcdef';

const noDigit = 0x80;
/** By code unit below 128 the value of a lower-case hexadecimal digit, or `noDigit`. */
const valueOfDigit = new Uint8Array(128).fill(noDigit);
for (let value = 0; value < digits.length; value++) valueOfDigit[digits.charCodeAt(value)] = value;

/**
 * The bytes of texts one after the other, 16 each; undefined where one is not the text of a UUID in lower case, of whatever
 * version, so that `uuidTexts` gives exactly these texts again.
 */
export function packUuids(count: number, textOf: (at: number) => string): Uint8Array | undefined {
  const packed = new Uint8Array(count * uuidBytes);
  for (let at = 0; at < count; at++) {
    if (!packUuid(textOf(at), packed, at * uuidBytes)) return undefined;
  }
  return packed;
}

function packUuid(text: string, packed: Uint8Array, start: number): boolean {
  if (text.length !== uuidTextLength) return false;
  for (const place of hyphensAt) if (text.charCodeAt(place) !== hyphen) return false;
  let problem = 0;
  for (let byte = 0; byte < uuidBytes; byte++) {
    const place = digitsAt[byte] ?? 0;
    const high = valueOfDigit[text.charCodeAt(place)] ?? noDigit;
    const low = valueOfDigit[text.charCodeAt(place + 1)] ?? noDigit;
    problem |= high | low;
    packed[start + byte] = (high << 4) | low;
  }
  return problem < noDigit;
}

/** Of each byte its two digits, the first in the lower eight bits. */
const pairOf = Uint16Array.from({ length: 256 }, (_, byte) => {
  return digits.charCodeAt(byte >> 4) | (digits.charCodeAt(byte & 15) << 8);
});
/** The bytes that a hyphen stands behind. */
const beforeHyphen = (1 << 3) | (1 << 5) | (1 << 7) | (1 << 9);

/** The inverse: the texts one after the other in ASCII, 36 bytes each. */
export function uuidTexts(packed: Uint8Array): Buffer {
  const count = Math.floor(packed.length / uuidBytes);
  const texts = Buffer.allocUnsafe(count * uuidTextLength);
  let to = 0;
  for (let from = 0; from < count * uuidBytes; from++) {
    const pair = pairOf[packed[from] ?? 0] ?? 0;
    texts[to] = pair;
    texts[to + 1] = pair >> 8;
    to += 2;
    if (((beforeHyphen >> (from & 15)) & 1) !== 0) texts[to++] = hyphen;
  }
  return texts;
}
