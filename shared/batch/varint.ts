/** Whole numbers of 7 bits a byte, the lowest first, the top bit set where another follows (LEB128); below 2^53. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1_024);
  #length = 0;

  whole(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a whole number below 2^53 is written');
    if (this.#length + maxVarintBytes > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    }
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Zigzag: 0, -1, 1, -2, 2 as 0, 1, 2, 3, 4. Between -2^52 and 2^52. */
  signed(value: number): void {
    this.whole(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** All that was written, then these bytes, then the text in UTF-8. */
  withRest(bytes: Uint8Array, text: string): Uint8Array {
    return Buffer.concat([this.#bytes.subarray(0, this.#length), bytes, Buffer.from(text)]);
  }
}

const maxVarintBytes = 8;
const noBytes = new Uint8Array(0);

/** Reads what `ByteWriter` wrote. After a number that is none, or beyond the end, it answers 0, and `rest` tells. */
export class ByteReader {
  #bytes: Uint8Array = noBytes;
  #at = 0;
  #failed = false;

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#failed = false;
  }

  whole(): number {
    const only = this.#bytes[this.#at];
    if (only !== undefined && only < 0x80) {
      this.#at++;
      return only;
    }
    let [value, factor] = [0, 1];
    for (let read = 0; read < maxVarintBytes; read++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      if (byte < 0x80) {
        const whole = value + byte * factor;
        return whole <= Number.MAX_SAFE_INTEGER ? whole : this.fail();
      }
      value += (byte - 0x80) * factor;
      factor *= 0x80;
    }
    return this.fail();
  }

  signed(): number {
    const zigzag = this.whole();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** What was read makes no sense. */
  fail(): 0 {
    this.#failed = true;
    return 0;
  }

  /** So many bytes; none, where there are fewer. */
  bytes(length: number): Uint8Array {
    const start = this.#at;
    if (length > this.#bytes.length - start) {
      this.fail();
      return this.#bytes.subarray(0, 0);
    }
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Ends the reading, with the bytes that are left; undefined when anything before them could not be read. */
  rest(): Buffer | undefined {
    const bytes = this.#bytes;
    this.#bytes = noBytes;
    if (this.#failed) return undefined;
    return Buffer.from(bytes.buffer, bytes.byteOffset + this.#at, bytes.length - this.#at);
  }
}
