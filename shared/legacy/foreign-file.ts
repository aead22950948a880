/** What the first bytes of a file, decompressed, tell of it as a whole. */
export type ForeignFile = 'archive' | 'encoding';

/** So many bytes tell it: the name of tar stands the furthest from the beginning. */
export const foreignBytes = 265;

const tarNameAt = 257;
/** POSIX's and GNU's; the zero is what no text has. */
const tarNames = ['ustar\u0000', 'ustar  \u0000'];

/** How no line of text begins: zip, 7z, xz, lz4, rar, compress, and gzip and zstd (once more). */
const beginnings = [
  ...['PK\u0003\u0004', "7z\u00bc\u00af'\u001c", '\u00fd7zXZ\u0000', '\u0004"M\u0018', 'Rar!\u001a\u0007'],
  ...['\u001f\u009d', '\u001f\u008b', '(\u00b5/\u00fd'],
];
const bzip2 = /^BZh[1-9]1AY&SY/;

/**
 * Tells a file that is none of records: an archive, or UTF-16 without a byte order mark. Each of its lines would be bad for
 * itself, and an archive has few of them: an hour of records would be one or two bad ones, which nobody looks at.
 */
export function foreignFile(start: Uint8Array): ForeignFile | undefined {
  const text = Buffer.from(start.subarray(0, foreignBytes)).toString('latin1');
  const isArchive =
    beginnings.some((beginning) => text.startsWith(beginning)) ||
    bzip2.test(text) ||
    tarNames.some((name) => text.startsWith(name, tarNameAt));
  if (isArchive) return 'archive';
  return isUtf16(start) ? 'encoding' : undefined;
}

/** Two characters of ASCII, whose other bytes are zero. */
function isUtf16(start: Uint8Array): boolean {
  const [first, second, third, fourth] = start;
  if (fourth === undefined) return false;
  const isLittle = first !== 0 && second === 0 && third !== 0 && fourth === 0;
  const isBig = first === 0 && second !== 0 && third === 0 && fourth !== 0;
  return isLittle || isBig;
}
