import type { ByteRow } from './byte-row.ts';

const slotBits = 8;
/** Of a cell; longer ones are not remembered. */
const keyWords = 3;
const maxKey = keyWords * 4;
const valueWords = 11;
const maxValue = valueWords * 4;
/** Of a slot: length of the cell, its bytes, length of the value, its bytes; 64 bytes in all. */
const slotWords = 1 + keyWords + 1 + valueWords;

/**
 * What short cells of a column became: codes, truth values, percentages come again and again. Each cell has one place,
 * where the last one stays.
 */
export class RememberedCells {
  private readonly words = new Int32Array(slotWords << slotBits);
  private readonly bytes = Buffer.from(this.words.buffer);
  private length = 0;
  private readonly key = new Int32Array(keyWords);

  /** The place of a cell; -1 where it is too long. */
  find(row: ByteRow, index: number): number {
    const start = row.starts[index] ?? 0;
    const length = (row.ends[index] ?? 0) - start;
    if (length > maxKey) return -1;
    let hash = length + 1;
    for (let word = 0; word < keyWords; word++) {
      const left = length - word * 4;
      const all = left > 0 ? row.sourceView.getInt32(start + word * 4, true) : 0;
      const own = left >= 4 || left <= 0 ? all : all & ((1 << (left * 8)) - 1);
      this.key[word] = own;
      hash = Math.imul(hash ^ own, 0x9e3779b1);
    }
    this.length = length + 1;
    return (hash >>> (32 - slotBits)) * slotWords;
  }

  /** Writes what the cell that was looked for became; -1 where another cell is in its place, or there is no room. */
  put(row: ByteRow, at: number, slot: number): number {
    const { words, key } = this;
    if (words[slot] !== this.length || at + maxValue > row.limit) return -1;
    for (let word = 0; word < keyWords; word++) if (words[slot + 1 + word] !== key[word]) return -1;
    const value = slot + keyWords + 2;
    const length = words[value - 1] ?? 0;
    for (let word = 0; word * 4 < length; word++) row.outView.setInt32(at + word * 4, words[value + word] ?? 0, true);
    return at + length;
  }

  /** `''` where the cell is no value. What is not ASCII is not remembered. */
  remember(slot: number, text: string): void {
    const { length } = text;
    if (length > maxValue || Buffer.byteLength(text) > length) return;
    this.words[slot] = this.length;
    this.words.set(this.key, slot + 1);
    this.words[slot + keyWords + 1] = length;
    this.bytes.write(text, (slot + keyWords + 2) * 4);
  }
}
