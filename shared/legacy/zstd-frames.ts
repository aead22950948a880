/** Of a frame of RFC 8878 (section 3.1.1), and of skippable frames (section 3.1.2), whose last digit is any. */
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];
const rle = 1;

/**
 * Cuts zstd's bytes into frames: Node's decompressor stops after the first, and tools that compress in parallel write many.
 * Follows their headers without decompressing anything.
 */
export class ZstdFrames {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  /**
   * The bytes of the next frame, to be read to their end before the one after it; they are fewer where the source ends in
   * it. Skippable frames are left out. `other`: what follows is no frame.
   */
  async next(): Promise<AsyncGenerator<Buffer> | 'end' | 'other'> {
    for (let magic = await this.take(4); magic !== undefined; magic = await this.take(4)) {
      const kind = magic.readUInt32LE();
      if (kind === frameMagic) return this.frame(magic);
      if ((kind & 0xfffffff0) >>> 0 !== skippableMagic) return 'other';
      const length = await this.take(4);
      for await (const _ of this.pass(length?.readUInt32LE() ?? 0));
    }
    return 'end';
  }

  /** Ends the source, wherever it is. */
  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  private async *frame(magic: Buffer): AsyncGenerator<Buffer> {
    yield magic;
    const descriptor = await this.take(1);
    if (descriptor === undefined) return;
    yield descriptor;
    const flags = descriptor.readUInt8();
    const isSingle = (flags & 0x20) !== 0;
    const hasChecksum = (flags & 0x04) !== 0;
    const sizeBytes = contentSizeBytes[flags >>> 6] ?? 0;
    const ownSize = sizeBytes === 0 && isSingle ? 1 : sizeBytes;
    yield* this.pass((isSingle ? 0 : 1) + (dictionaryBytes[flags & 3] ?? 0) + ownSize);
    for (let isLast = false; !isLast; ) {
      const header = await this.take(3);
      if (header === undefined) return;
      yield header;
      const block = header.readUIntLE(0, 3);
      isLast = (block & 1) === 1;
      yield* this.pass(((block >>> 1) & 3) === rle ? 1 : block >>> 3);
    }
    if (hasChecksum) yield* this.pass(4);
  }

  /** So many bytes; undefined where there are fewer. */
  private async take(count: number): Promise<Buffer | undefined> {
    while (this.rest.length < count) if (!(await this.read())) return undefined;
    return this.cut(count);
  }

  /** So many bytes or all that there are, in the pieces that they come in. */
  private async *pass(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.rest.length === 0 && !(await this.read())) return;
      const piece = this.cut(left);
      left -= piece.length;
      yield piece;
    }
  }

  private cut(maxBytes: number): Buffer {
    const piece = this.rest.subarray(0, maxBytes);
    this.rest = this.rest.subarray(piece.length);
    return piece;
  }

  private async read(): Promise<boolean> {
    const next = await this.pieces.next();
    if (next.done) return false;
    const { buffer, byteOffset, byteLength } = next.value;
    const piece = Buffer.from(buffer, byteOffset, byteLength);
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    return true;
  }
}
