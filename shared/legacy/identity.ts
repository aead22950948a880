import { hash } from 'node:crypto';

/** Characters of a record's hash in its id: 132 bits. */
const hashLength = 22;

/** The hash of what makes a record: SHA-256 of its text, shortened, in base64url. */
export function recordHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, hashLength);
}

/** What makes a record: its hash, and its number among equal ones. */
export interface RecordId {
  readonly hashed: string;
  readonly occurrence: number;
}

/**
 * The id of a record's event. It is no UUID, since a row shows those, and whoever can query could try what a record said
 * against a hash of it.
 */
export function recordId(hashed: string, occurrence: number): string {
  return `record-${hashed}-${occurrence}`;
}

/** base64url as numbers of six bits. */
const sixBits = new Uint8Array(128);
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].entries()) {
  sixBits[character.charCodeAt(0)] = value;
}

/** A table from 60 bits of a hash to how often it came: open addressing, twelve bytes a place. */
class CountTable {
  private words = new Uint32Array(0);
  private counts = new Uint32Array(0);
  private used = 0;

  constructor() {
    this.resize(1_024);
  }

  /** How often this was added; 0 for one that never was. */
  count(high: number, low: number): number {
    return this.counts[this.find(high, low)] ?? 0;
  }

  add(high: number, low: number): void {
    if (this.used * 2 >= this.counts.length) this.grow();
    const place = this.find(high, low);
    const count = this.counts[place] ?? 0;
    if (count === 0) {
      this.used++;
      this.words[place * 2] = high;
      this.words[place * 2 + 1] = low;
    }
    this.counts[place] = count + 1;
  }

  private resize(places: number): void {
    this.words = new Uint32Array(places * 2);
    this.counts = new Uint32Array(places);
  }

  private grow(): void {
    const { words, counts } = this;
    this.resize(counts.length * 2);
    for (let at = 0; at < counts.length; at++) {
      const count = counts[at] ?? 0;
      if (count === 0) continue;
      const [high, low] = [words[at * 2] ?? 0, words[at * 2 + 1] ?? 0];
      const place = this.find(high, low);
      this.words[place * 2] = high;
      this.words[place * 2 + 1] = low;
      this.counts[place] = count;
    }
  }

  private find(high: number, low: number): number {
    const mask = this.counts.length - 1;
    for (let place = (high ^ (low >>> 3)) & mask; ; place = (place + 1) & mask) {
      if (this.counts[place] === 0) return place;
      if (this.words[place * 2] === high && this.words[place * 2 + 1] === low) return place;
    }
  }
}

/** Records of a generation; two are remembered, some 100 MiB at most. */
const generationRecords = 2_097_152;

/**
 * Numbers equal records of a file: the first is 0. A record is compared with those of its generation of
 * `recordsPerGeneration` records and of the one before. So memory is bounded, the numbers depend on nothing but the
 * file's records from the start of the generation before, and equal records that lie further apart are one event.
 * Different records with 60 equal bits would be numbered as if they were equal: in a file of a million, once in two
 * million files.
 */
export class Occurrences {
  private before = new CountTable();
  private current = new CountTable();
  private inCurrent = 0;
  private readonly recordsPerGeneration: number;

  constructor(recordsPerGeneration = generationRecords) {
    this.recordsPerGeneration = recordsPerGeneration;
  }

  /** True when the next record begins a generation: what was counted two generations ago is forgotten. */
  get isFull(): boolean {
    return this.inCurrent >= this.recordsPerGeneration;
  }

  beginGeneration(): void {
    this.before = this.current;
    this.current = new CountTable();
    this.inCurrent = 0;
  }

  forget(): void {
    this.before = new CountTable();
    this.current = new CountTable();
    this.inCurrent = 0;
  }

  /** The number of this record among its equals. */
  next(hashed: string): number {
    let [high, low] = [0, 0];
    for (let at = 0; at < 5; at++) {
      high = (high << 6) | (sixBits[hashed.charCodeAt(at)] ?? 0);
      low = (low << 6) | (sixBits[hashed.charCodeAt(at + 5)] ?? 0);
    }
    const occurrence = this.before.count(high, low) + this.current.count(high, low);
    this.current.add(high, low);
    this.inCurrent++;
    return occurrence;
  }
}
