import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { ZstdFrames } from './zstd-frames.ts';

/** `broken`: a compressed file ends early, or is damaged; what came before was whole. */
export type FileEnd = 'whole' | 'broken';
type FileCompression = 'none' | 'gzip' | 'zstd';

/** By its first bytes (RFC 1952, RFC 8878), whatever its name says. */
function compressionOf(start: Uint8Array): FileCompression {
  const [a, b, c, d] = start;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  const isFrame = a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
  const isSkippable = (a ?? 0) >>> 4 === 0x5 && b === 0x2a && c === 0x4d && d === 0x18;
  return isFrame || isSkippable ? 'zstd' : 'none';
}

/** Bytes that tell how a file is compressed. */
const magicBytes = 4;

/**
 * The bytes of a file, decompressed in constant memory. Several gzip members or zstd frames, one after the other, are one
 * file. `tell` hears which before the first byte. What `source`
 * throws is thrown on.
 */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  tell: (compression: FileCompression) => void = () => {},
): AsyncGenerator<Uint8Array, FileEnd> {
  const pieces = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < magicBytes) {
    const next = await pieces.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const start = Buffer.concat(first);
  const rest = startingWith(start, pieces);
  const compression = compressionOf(start);
  tell(compression);
  if (compression === 'none') {
    yield* rest;
    return 'whole';
  }
  return compression === 'gzip' ? yield* inflated(rest, createGunzip()) : yield* inflatedFrames(rest);
}

async function* inflated(
  source: AsyncIterable<Uint8Array>,
  inflate: Gunzip | ZstdDecompress,
): AsyncGenerator<Uint8Array, FileEnd> {
  const sourceFailure: { error?: unknown } = {};
  const input = Readable.from(noting(source, sourceFailure), { objectMode: false });
  input.on('error', () => inflate.destroy());
  try {
    for await (const piece of input.pipe(inflate)) if (piece instanceof Uint8Array) yield piece;
    return 'whole';
  } catch {
    // What is thrown is of zlib, where the source has thrown nothing: bytes that are damaged, or too few.
    if (sourceFailure.error !== undefined) throw sourceFailure.error;
    return 'broken';
  } finally {
    input.destroy();
    inflate.destroy();
  }
}

/** Each frame by a decompressor of its own. */
async function* inflatedFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, FileEnd> {
  const frames = new ZstdFrames(source);
  try {
    for (;;) {
      const frame = await frames.next();
      if (frame === 'end') return 'whole';
      if (frame === 'other') return 'broken';
      if ((yield* inflated(frame, createZstdDecompress())) === 'broken') return 'broken';
    }
  } finally {
    await frames.close();
  }
}

async function* startingWith(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Notes what a source throws, so that its failure is told apart from damaged bytes. */
async function* noting(source: AsyncIterable<Uint8Array>, failure: { error?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    failure.error = error;
    throw error;
  }
}
