import { integerEnd } from './byte-numbers.ts';

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quoteByte = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const space = 0x20;
const minus = 0x2d;
const zero = 0x30;
const words = ['true', 'false', 'null'].map((text) => Uint8Array.from(Buffer.from(text)));
const maxDepth = 32;

/** What a pointer leads to in JSON without escapes: `found` a value that is written as it stands there. */
export type Found = 'found' | 'nothing' | 'unknown';

/**
 * Finds what is at the end of a pointer. All of the JSON is looked at, since nothing is in what is none. `unknown` what is
 * no JSON, and JSON of which it takes more to say it: numbers with a fraction, an exponent or 16 digits; an object or an
 * array at the end of the pointer, an array on the way; a name on the way that is there twice.
 */
export class ByteJson {
  start = 0;
  end = 0;
  private at = 0;
  private last = 0;
  private source: Uint8Array = new Uint8Array(0);
  private readonly segments: readonly Uint8Array[];

  constructor(segments: readonly string[]) {
    this.segments = segments.map((text) => Uint8Array.from(Buffer.from(text)));
  }

  find(source: Uint8Array, start: number, end: number): Found {
    this.source = source;
    this.at = start;
    this.last = end;
    this.start = -1;
    if (!this.value(0, 0) || this.at !== end) return 'unknown';
    return this.start === -1 || source[this.start] === 0x6e ? 'nothing' : 'found';
  }

  /** `level`: how many segments have led here; -1 for a value beside the way. */
  private value(level: number, depth: number): boolean {
    this.spaces();
    const start = this.at;
    if (!this.bare(level, depth)) return false;
    if (level === this.segments.length) {
      this.start = start;
      this.end = this.at;
    }
    this.spaces();
    return true;
  }

  private bare(level: number, depth: number): boolean {
    const first = this.source[this.at];
    if (this.at >= this.last || depth > maxDepth) return false;
    if (first === quoteByte) return this.string();
    if (first === openBrace) return level !== this.segments.length && this.object(level, depth);
    if (first === openBracket) return level === -1 && this.array(depth);
    return this.word();
  }

  private object(level: number, depth: number): boolean {
    const segment = level === -1 ? undefined : this.segments[level];
    let isThere = false;
    this.at++;
    this.spaces();
    if (this.take(closeBrace)) return true;
    do {
      this.spaces();
      const nameStart = this.at + 1;
      if (this.source[this.at] !== quoteByte || !this.string()) return false;
      const isOnWay = segment !== undefined && this.equals(nameStart, this.at - 1, segment);
      if (isOnWay && isThere) return false;
      isThere ||= isOnWay;
      this.spaces();
      if (!this.take(colon) || !this.value(isOnWay ? level + 1 : -1, depth + 1)) return false;
    } while (this.take(comma));
    return this.take(closeBrace);
  }

  private array(depth: number): boolean {
    this.at++;
    this.spaces();
    if (this.take(closeBracket)) return true;
    do {
      if (!this.value(-1, depth + 1)) return false;
    } while (this.take(comma));
    return this.take(closeBracket);
  }

  /** There are no escapes: the next quote ends it. */
  private string(): boolean {
    for (let at = this.at + 1; at < this.last; at++) {
      if (this.source[at] !== quoteByte) continue;
      this.at = at + 1;
      return true;
    }
    return false;
  }

  private word(): boolean {
    const { source, at } = this;
    for (const word of words) {
      if (source[at] !== word[0]) continue;
      this.at = at + word.length;
      return this.at <= this.last && this.equals(at, this.at, word);
    }
    this.at = source[at] === minus && source[at + 1] === zero ? -1 : integerEnd(source, at, this.last);
    return this.at !== -1;
  }

  private equals(start: number, end: number, bytes: Uint8Array): boolean {
    if (end - start !== bytes.length) return false;
    for (let at = 0; at < bytes.length; at++) if (this.source[start + at] !== bytes[at]) return false;
    return true;
  }

  private take(byte: number): boolean {
    if (this.at >= this.last || this.source[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  private spaces(): void {
    while (this.at < this.last && this.source[this.at] === space) this.at++;
  }
}
