/** Of a frame of RFC 8878 (section 3.1.1), and of skippable frames (section 3.1.2), whose last digit is any. */
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];
const rle = 1;

/** Bytes of a frame; `end`: the last ones. */
export interface FramePart {
  readonly bytes: Buffer;
  readonly end: boolean;
}

/** How many bytes come next that are looked at, or are passed on unseen; `end`: they end the frame. */
interface Step {
  readonly look?: number;
  readonly pass?: number;
  readonly end?: boolean;
  /** They are of no frame that holds anything. */
  readonly drop?: boolean;
}

/** Follows one frame by its headers, without decompressing anything. Returns false for bytes that begin no frame. */
function* walkFrame(): Generator<Step, boolean, Buffer> {
  const magic = (yield { look: 4 }).readUInt32LE();
  if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
    yield { pass: (yield { look: 4 }).readUInt32LE(), end: true, drop: true };
    return true;
  }
  if (magic !== frameMagic) return false;
  const descriptor = (yield { look: 1 }).readUInt8();
  const isSingle = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const sizeBytes = contentSizeBytes[descriptor >>> 6] ?? 0;
  const ownSize = sizeBytes === 0 && isSingle ? 1 : sizeBytes;
  yield { pass: (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 3] ?? 0) + ownSize };
  for (let last = false; !last; ) {
    const block = (yield { look: 3 }).readUIntLE(0, 3);
    last = (block & 1) === 1;
    const size = ((block >>> 1) & 3) === rle ? 1 : block >>> 3;
    yield { pass: size, end: last && !hasChecksum };
  }
  if (hasChecksum) yield { pass: 4, end: true };
  return true;
}

/**
 * Cuts zstd's bytes into frames: Node's decompressor stops after the first, and tools that compress in parallel write many.
 * Skippable frames are left out. Returns false where bytes follow that are no frame.
 */
export async function* zstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<FramePart, boolean> {
  let walk = walkFrame();
  let step = walk.next();
  let seen = Buffer.alloc(0);
  let left = -1;
  for await (const piece of source) {
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    while (bytes.length > 0 || left === 0) {
      if (step.done) return false;
      const { look, pass = 0, end = false, drop = false } = step.value;
      if (look !== undefined) {
        const taken = bytes.subarray(0, look - seen.length);
        bytes = bytes.subarray(taken.length);
        seen = Buffer.concat([seen, taken]);
        if (seen.length < look) break;
        const header = seen;
        seen = Buffer.alloc(0);
        step = walk.next(header);
        const isAside = look === 4 && !step.done && (step.value.look === 4 || step.value.drop === true);
        if (step.done && !step.value) return false;
        if (!isAside) yield { bytes: header, end: false };
        left = step.done || step.value.look !== undefined ? -1 : (step.value.pass ?? 0);
        continue;
      }
      if (left === -1) left = pass;
      const taken = bytes.subarray(0, left);
      bytes = bytes.subarray(taken.length);
      left -= taken.length;
      if (!drop && (taken.length > 0 || (end && left === 0))) yield { bytes: taken, end: end && left === 0 };
      if (left > 0) break;
      left = -1;
      step = walk.next(Buffer.alloc(0));
      if (step.done) {
        walk = walkFrame();
        step = walk.next();
      } else if (step.value.look === undefined) left = step.value.pass ?? 0;
    }
  }
  return true;
}
