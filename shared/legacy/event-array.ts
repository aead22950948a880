import type { MappedRecord } from './records.ts';

/** Bytes of events that lie next to each other. */
interface Run {
  readonly bytes: Buffer;
  readonly start: number;
  end: number;
}

/** Events as one JSON array, copied from where their records have them: those of one region mostly lie there as an array does. */
export class EventArray {
  count = 0;
  /** With a separator behind each. */
  lengthBytes = 2;
  private runs: Run[] = [];

  add({ written: { bytes }, start, end }: MappedRecord): void {
    const last = this.runs.at(-1);
    if (last !== undefined && last.bytes === bytes && last.end + 1 === start) last.end = end;
    else this.runs.push({ bytes, start, end });
    this.count++;
    this.lengthBytes += end - start + 1;
  }

  /** The array, of at least one event; the next one is empty. */
  take(): Buffer {
    const array = Buffer.allocUnsafe(this.lengthBytes - 1);
    let at = 0;
    for (const { bytes, start, end } of this.runs) {
      array[at] = at === 0 ? openBracket : comma;
      bytes.copy(array, at + 1, start, end);
      at += 1 + end - start;
    }
    array[at] = closeBracket;
    this.count = 0;
    this.lengthBytes = 2;
    this.runs = [];
    return array;
  }
}

const openBracket = 0x5b;
const comma = 0x2c;
const closeBracket = 0x5d;
