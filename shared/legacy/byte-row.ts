import type { Row } from './row.ts';

/** Bytes of lines that are looked at together; a longer region is read as text. */
const sourceBytes = 327_680;
/** Events that are decoded together. */
const outBytes = 262_144;
/** Beyond, the events so far are decoded first: few records become more than what is left. */
const flushBytes = 196_608;
const maxCells = 512;
/** Bytes are copied four at once, so that up to three behind are written (and read) as well. */
const slack = 4;

/** What a cell has: something to decode; a quote, which JSON escapes; more than ASCII. */
export const odd = 1;
export const quote = 2;
const wide = 4;
const endsCell = 8;
const unreadable = 16;

/** How bytes of a line are told apart: an entry of the bits above for each, 0 for most. */
export interface ByteRules {
  readonly classes: Uint8Array;
  /** A separator after a backslash is none: such lines are read as text. */
  readonly escapesSeparator: boolean;
}

/** Undefined where lines can be read as text alone. */
export function makeByteRules(separator: string, escapes: readonly string[]): ByteRules | undefined {
  const code = separator.charCodeAt(0);
  if (separator.length !== 1 || code === 0 || code > 0x7f || '\n\r"\\%'.includes(separator)) return undefined;
  const classes = new Uint8Array(256);
  classes.fill(odd, 0, 0x20);
  classes.fill(wide, 0x80);
  for (const first of '\\%') classes[first.charCodeAt(0)] = odd;
  // What is within quotes may hold separators.
  classes['"'.charCodeAt(0)] = escapes.includes('quoted') ? unreadable : quote;
  classes[code] = endsCell;
  return { classes, escapesSeparator: escapes.includes('backslash') };
}

/** JSON of something, as the bytes that are written of it. */
export interface Fragment {
  readonly words: Int32Array;
  readonly length: number;
}

export function fragment(text: string): Fragment {
  const bytes = Buffer.from(text);
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  Buffer.from(words.buffer).set(bytes);
  return { words, length: bytes.length };
}

/** Room that fragments take, wherever they are written once. */
export function roomOf(...fragments: readonly Fragment[]): number {
  return fragments.reduce((sum, { length }) => sum + length + slack, 0);
}

/**
 * A line as bytes, told apart into cells, and the events that are written of such lines: what most records need happens
 * from bytes to bytes, without a text for each cell and each value. There is one, since nothing of it outlives a call of
 * `LegacyReader.push`.
 */
export class ByteRow {
  readonly source = new Uint8Array(sourceBytes);
  readonly sourceView = new DataView(this.source.buffer);
  readonly out = Buffer.alloc(outBytes);
  readonly outView = new DataView(this.out.buffer, this.out.byteOffset, outBytes);
  readonly starts = new Int32Array(maxCells);
  readonly ends = new Int32Array(maxCells);
  readonly flags = new Uint8Array(maxCells);
  cells = 0;
  /** Where what cells say has to end: room behind is left for fragments. */
  limit = 0;
  /** Of the line. */
  isWide = false;
  private sourceLength = 0;
  private lineStart = 0;
  private line = '';
  private splitLine: (line: string) => readonly string[] | undefined = () => undefined;
  private directives: Row['directives'] = new Map();
  private textRow: Row | undefined;

  /** Lines that `readLine` is asked for lie in these bytes; false where they are too many. */
  load(bytes: Uint8Array): boolean {
    this.sourceLength = bytes.length;
    if (bytes.length > sourceBytes - 16) return false;
    this.source.set(bytes);
    return true;
  }

  /** Tells the cells of a line apart; false where only its text says what they are. */
  readLine(at: number, end: number, { classes, escapesSeparator }: ByteRules): boolean {
    const { source, starts, ends, flags } = this;
    let [cell, start, flag, all] = [0, at, 0, 0];
    for (let next = at; next < end; next++) {
      const found = classes[source[next] ?? 0] ?? 0;
      if (found === 0) continue;
      if (found !== endsCell) {
        flag |= found;
        continue;
      }
      if (escapesSeparator && flag !== 0 && source[next - 1] === 0x5c) return false;
      starts[cell] = start;
      ends[cell] = next;
      flags[cell] = flag;
      all |= flag;
      start = next + 1;
      flag = 0;
      if (++cell === maxCells) return false;
    }
    starts[cell] = start;
    ends[cell] = end;
    flags[cell] = flag;
    this.cells = cell + 1;
    this.lineStart = at;
    this.isWide = ((all | flag) & wide) !== 0;
    return ((all | flag) & unreadable) === 0 && end <= this.sourceLength;
  }

  /** What values that are made of texts are made of. */
  beginText(line: string, split: (line: string) => readonly string[] | undefined, directives: Row['directives']): void {
    this.line = line;
    this.splitLine = split;
    this.directives = directives;
    this.textRow = undefined;
  }

  asRow(): Row {
    this.textRow ??= { cells: this.splitLine(this.line) ?? [], clean: false, directives: this.directives };
    return this.textRow;
  }

  /** A cell as it is written. */
  cellText(index: number): string {
    const [start, end] = [this.starts[index] ?? 0, this.ends[index] ?? 0];
    if (this.isWide) return Buffer.from(this.source.buffer, start, end - start).toString('utf8');
    return this.line.slice(start - this.lineStart, end - this.lineStart);
  }

  /** Of the line, the first byte. */
  firstByte(): number {
    return this.source[this.lineStart] ?? 0;
  }

  /** Whether a cell is exactly one of these, which mostly its length or its first byte tells. */
  isOneOf(index: number, { maxLength, texts, firsts }: CellTexts): boolean {
    const start = this.starts[index] ?? 0;
    const length = (this.ends[index] ?? 0) - start;
    if (length > maxLength) return false;
    if (length > 0 && firsts[this.source[start] ?? 0] === 0) return false;
    for (let at = 0; at < texts.length; at++) {
      const text = texts[at];
      if (text !== undefined && text.length === length && this.equals(start, text)) return true;
    }
    return false;
  }

  directive(name: string): string | undefined {
    return this.directives.get(name);
  }

  private equals(start: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at++) if (this.source[start + at] !== bytes[at]) return false;
    return true;
  }

  /** Writes a fragment, for which there is room; answers where it ends, as all of these do. */
  put(at: number, { words, length }: Fragment): number {
    const { outView } = this;
    for (let word = 0; word < words.length; word++) outView.setInt32(at + word * 4, words[word] ?? 0, true);
    return at + length;
  }

  /** Writes bytes of the source as they are; -1 where there is no room. */
  copy(at: number, start: number, end: number): number {
    const { outView, sourceView } = this;
    if (at + end - start > this.limit) return -1;
    let to = at;
    for (let from = start; from < end; from += 4) {
      outView.setInt32(to, sourceView.getInt32(from, true), true);
      to += 4;
    }
    return at + end - start;
  }

  /** The same in quotes. */
  copyQuoted(at: number, start: number, end: number): number {
    const last = this.copy(at + 1, start, end);
    if (last === -1 || last >= this.limit) return -1;
    this.out[at] = 0x22;
    this.out[last] = 0x22;
    return last + 1;
  }

  /** Writes a text; -1 where there is no room. */
  putText(at: number, text: string): number {
    if (at + text.length * 3 > this.limit) return -1;
    const { out } = this;
    for (let next = 0; next < text.length; next++) {
      const code = text.charCodeAt(next);
      if (code > 0x7f) {
        this.isWide = true;
        return at + next + out.write(text.slice(next), at + next, 'utf8');
      }
      out[at + next] = code;
    }
    return at + text.length;
  }

  /** Writes a whole number that is not negative; -1 where there is no room. */
  putDigits(at: number, value: number): number {
    let digits = 1;
    for (let above = 10; above <= value; above *= 10) digits++;
    if (at + digits > this.limit) return -1;
    let rest = value;
    for (let to = at + digits - 1; to >= at; to--) {
      const tenth = Math.floor(rest / 10);
      this.out[to] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    return at + digits;
  }

  /** True where events that were written have to be taken first. */
  isFull(at: number): boolean {
    return at > flushBytes;
  }

  /** Leaves so much room for fragments; false where there never is so much. */
  leaveRoom(room: number): boolean {
    this.limit = outBytes - room - slack;
    return this.limit > flushBytes;
  }
}

/** Cells that mean something of their own. */
export interface CellTexts {
  readonly maxLength: number;
  readonly texts: readonly Uint8Array[];
  /** 1 for each byte that one of them begins with. */
  readonly firsts: Uint8Array;
}

export function cellTexts(texts: readonly string[]): CellTexts {
  // What is not well-formed is in no file, and its bytes are those of another text.
  const bytes = texts.filter((text) => text.isWellFormed()).map((text) => Uint8Array.from(Buffer.from(text)));
  const firsts = new Uint8Array(256);
  for (const [first] of bytes) if (first !== undefined) firsts[first] = 1;
  return { maxLength: Math.max(-1, ...bytes.map(({ length }) => length)), texts: bytes, firsts };
}
