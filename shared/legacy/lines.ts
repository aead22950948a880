import { isAscii, isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';

/** Where a record stands in its file. */
export interface Place {
  /** From 1. */
  readonly line: number;
  /** Of the first byte of the line, in the (decompressed) file. */
  readonly offset: number;
  /** Without its line end. */
  readonly lengthBytes: number;
}

/** What a line of a file is told as. */
export interface LineSink {
  /** Bytes of whole lines that are told next; true where `text` is to be told where in them a line begins. */
  region(bytes: Uint8Array): boolean;
  /** A line of UTF-8 without its line end; `at` of its region, where there is one. */
  text(line: string, place: Place, at?: number): void;
  bad(reason: 'legacy-utf8' | 'legacy-nul', bytes: Uint8Array, place: Place): void;
  /** A line longer than `maxLineBytes`; SHA-256 of it in hex. */
  tooLong(sha256: string, place: Place): void;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Bytes that are decoded at once: large enough that lines cost little, small enough for the processor's caches. */
const regionBytes = 262_144;

/**
 * Splits the bytes of a file into lines, whatever pieces they come in: `\n` ends one, a `\r` before it belongs to the end.
 * A line is held only up to `maxLineBytes`; of a longer one, length and hash are told. Whole regions are decoded at once
 * where they are clean, which costs a fifth of doing so line by line.
 */
export class LineSplitter {
  private carry: Buffer[] = [];
  private carryBytes = 0;
  private longHash: Hash | undefined;
  /** The hash waits with a `\r`, which may be of the line's end. */
  private heldReturn = false;
  /** Of the line that the next byte belongs to. */
  private lineOffset: number;
  private lineNumber: number;
  private readonly sink: LineSink;
  private readonly maxLineBytes: number;

  constructor(
    sink: LineSink,
    options: { readonly maxLineBytes: number; readonly offset: number; readonly line: number },
  ) {
    this.sink = sink;
    this.maxLineBytes = options.maxLineBytes;
    this.lineOffset = options.offset;
    this.lineNumber = options.line;
  }

  /** Where the next line begins. */
  get next(): { readonly offset: number; readonly line: number } {
    return { offset: this.lineOffset, line: this.lineNumber };
  }

  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    if (this.carryBytes > 0) {
      const end = chunk.indexOf(newline);
      if (end === -1) {
        this.hold(chunk);
        return;
      }
      this.hold(chunk.subarray(0, end));
      this.endCarried();
      start = end + 1;
    }
    const lastEnd = chunk.lastIndexOf(newline) + 1;
    while (start < lastEnd) {
      const limit = Math.min(start + regionBytes, lastEnd);
      let end = limit === lastEnd ? lastEnd : chunk.lastIndexOf(newline, limit - 1) + 1;
      if (end <= start) end = chunk.indexOf(newline, limit) + 1;
      this.region(chunk.subarray(start, end));
      start = end;
    }
    if (start < chunk.length) this.hold(chunk.subarray(start));
  }

  /** The file has ended: what has no line end is a line, too. */
  end(): void {
    if (this.carryBytes > 0) this.endCarried();
  }

  private hold(bytes: Buffer): void {
    this.carryBytes += bytes.length;
    if (this.longHash !== undefined) {
      this.hashOn(this.longHash, bytes);
      return;
    }
    // A copy, since the rest of the chunk need not be held.
    this.carry.push(Buffer.from(bytes));
    // With the `\r` of its end.
    if (this.carryBytes > this.maxLineBytes + 1) {
      this.longHash = createHash('sha256');
      this.hashOn(this.longHash, Buffer.concat(this.carry));
      this.carry = [];
    }
  }

  private hashOn(hash: Hash, bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.heldReturn) hash.update('\r');
    this.heldReturn = bytes.at(-1) === carriageReturn;
    hash.update(this.heldReturn ? bytes.subarray(0, -1) : bytes);
  }

  private endCarried(): void {
    const [bytes, hash, taken] = [Buffer.concat(this.carry), this.longHash, this.carryBytes];
    const lengthBytes = this.heldReturn ? taken - 1 : taken;
    this.carry = [];
    this.carryBytes = 0;
    this.longHash = undefined;
    this.heldReturn = false;
    if (hash === undefined) this.one(bytes, taken + 1);
    else this.sink.tooLong(hash.digest('hex'), this.advance(taken + 1, lengthBytes));
  }

  private region(bytes: Buffer): void {
    if (bytes.includes(0) || !isUtf8(bytes)) {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(newline, start);
        this.one(bytes.subarray(start, end), end + 1 - start);
        start = end + 1;
      }
      return;
    }
    const ascii = isAscii(bytes);
    const text = ascii ? bytes.toString('latin1') : bytes.toString('utf8');
    const isHeld = this.sink.region(bytes);
    let byteStart = 0;
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      const byteEnd = ascii ? end : bytes.indexOf(newline, byteStart);
      const returns = end > start && text.charCodeAt(end - 1) === carriageReturn ? 1 : 0;
      const place = { taken: byteEnd + 1 - byteStart, lengthBytes: byteEnd - returns - byteStart };
      this.tellText(text.slice(start, end - returns), place, isHeld ? byteStart : undefined);
      start = end + 1;
      byteStart = byteEnd + 1;
    }
  }

  /** A line by itself; `taken` bytes of the file are over with it. */
  private one(bytes: Buffer, taken: number): void {
    const line = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
    if (line.includes(0)) this.badLine('legacy-nul', line, taken);
    else if (!isUtf8(line)) this.badLine('legacy-utf8', line, taken);
    else this.tellText(line.toString('utf8'), { taken, lengthBytes: line.length });
  }

  private badLine(reason: 'legacy-utf8' | 'legacy-nul', line: Buffer, taken: number): void {
    if (line.length > this.maxLineBytes) this.tooLongLine(line, taken);
    else this.sink.bad(reason, Buffer.from(line), this.advance(taken, line.length));
  }

  private tellText(
    line: string,
    { taken, lengthBytes }: { readonly taken: number; readonly lengthBytes: number },
    at?: number,
  ): void {
    if (lengthBytes > this.maxLineBytes) this.tooLongLine(Buffer.from(line), taken);
    else this.sink.text(line, this.advance(taken, lengthBytes), at);
  }

  private tooLongLine(line: Buffer, taken: number): void {
    const sha256 = createHash('sha256').update(line).digest('hex');
    this.sink.tooLong(sha256, this.advance(taken, line.length));
  }

  /** The place of a line that is over with so many bytes of the file. */
  private advance(taken: number, lengthBytes: number): Place {
    const place = { line: this.lineNumber, offset: this.lineOffset, lengthBytes };
    this.lineNumber++;
    this.lineOffset += taken;
    return place;
  }
}
