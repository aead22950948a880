import type { KeyObject } from 'node:crypto';
import { keyedHash, keyedHashBeginning } from './keyed-hash.ts';
import { layout, makeSha512Module, type Sha512Module } from './sha512-256-module.ts';

/** Takes the parts of one list, in order. */
interface PartWriter {
  text(part: string): void;
  /** A text as its UTF-8 bytes. */
  bytes(from: Uint8Array, start: number, end: number): void;
  /** `String(whole)`, of a safe integer. */
  whole(part: number): void;
}

/** Gives the parts of the list at that place of what is hashed. May be asked twice. */
type PartsOf<Lists> = (writer: PartWriter, lists: Lists, at: number) => void;

/**
 * The first `prefixBytes` bytes of `keyedHash` for many lists, one after the other, each `strideBytes` after the one before (zeros
 * between them): a third of the time of hashes that are made one by one. Lists that are too long for the module's memory are
 * hashed by Node. `partsOf` is given once: V8 throws the optimized code of a closure that is made for each call away with it.
 *
 * The key stands in the module's memory, which is the process's, between the hashes of one call and until the next, as what
 * `keyedHash` hashes does. The module has no secret branch and reads no table by a secret.
 */
export function keyedHashes<Lists>(
  key: KeyObject,
  label: string,
  { prefixBytes, strideBytes = prefixBytes }: { readonly prefixBytes: number; readonly strideBytes?: number },
  partsOf: PartsOf<Lists>,
): (lists: Lists, count: number) => Uint8Array {
  const begin = keyedHashBeginning(key, label);
  return (lists, count) => {
    const hashes = new Uint8Array(count * strideBytes);
    writer ??= new BlockWriter(makeSha512Module());
    const pending = writer;
    // Whatever was left where an earlier call threw.
    pending.reset();
    let first = 0;
    for (let at = 0; at < count; at++) {
      if (pending.isFull) first = pending.hashInto(hashes, { first, prefixBytes, strideBytes });
      pending.begin(begin);
      partsOf(pending, lists, at);
      if (pending.end()) continue;
      // In its place stands the hash of nothing, so that the others keep theirs.
      const parts = new PartList();
      partsOf(parts, lists, at);
      pending.replaceLast(keyedHash(key, label, parts.parts));
    }
    pending.hashInto(hashes, { first, prefixBytes, strideBytes });
    return hashes;
  };
}

/** One for all keys: a call ends before another begins. */
let writer: BlockWriter | undefined;

const blockBytes = 128;
/** A bit and the length in 16 bytes, behind a message. */
const paddingBytes = 17;
const lengthBytes = 4;
const hashBytes = 32;
/** Of one run. */
const maxMessages = 32;
const maxMessageBytes =
  Math.floor((layout.end - layout.messages) / maxMessages / blockBytes) * blockBytes - paddingBytes;

interface Places {
  readonly first: number;
  readonly prefixBytes: number;
  readonly strideBytes: number;
}

/** Writes messages where the module finds them. */
class BlockWriter implements PartWriter {
  readonly #module: Sha512Module;
  readonly #memory: Uint8Array;
  readonly #replaced = new Map<number, Uint8Array>();
  #messages = 0;
  #start: number = layout.messages;
  #at: number = layout.messages;
  #limit = 0;
  #fits = true;

  constructor(module: Sha512Module) {
    this.#module = module;
    this.#memory = module.memory;
  }

  get isFull(): boolean {
    return this.#messages === maxMessages;
  }

  begin(bytes: Uint8Array): void {
    this.#limit = this.#start + maxMessageBytes;
    this.#fits = bytes.length <= maxMessageBytes;
    if (this.#fits) this.#memory.set(bytes, this.#start);
    this.#at = this.#start + bytes.length;
  }

  text(part: string): void {
    const { length } = part;
    if (!this.#reserves(length)) return;
    const memory = this.#memory;
    const start = this.#at;
    let isAscii = true;
    for (let at = 0; at < length; at++) {
      const unit = part.charCodeAt(at);
      if (unit > 0x7f) isAscii = false;
      memory[start + at] = unit;
    }
    // What is no ASCII is left to Node, which tells what has no UTF-8, too.
    if (isAscii) this.#at += length;
    else this.#fits = false;
  }

  bytes(from: Uint8Array, start: number, end: number): void {
    if (!this.#reserves(end - start)) return;
    const memory = this.#memory;
    let to = this.#at;
    for (let at = start; at < end; at++) memory[to++] = from[at] ?? 0;
    this.#at = to;
  }

  whole(part: number): void {
    // Times of our days all have so many digits, and each half of them is a small integer.
    if (part < leastWhole || part >= leastWhole * 10) {
      this.text(String(part));
      return;
    }
    if (!this.#reserves(wholeDigits)) return;
    const upper = Math.floor(part / halfWhole);
    this.#digits(upper, this.#at + halfDigits);
    this.#digits(part - upper * halfWhole, this.#at + wholeDigits);
    this.#at += wholeDigits;
  }

  #digits(half: number, end: number): void {
    let rest = half;
    for (let at = end - 1; at >= end - halfDigits; at--) {
      const next = (rest / 10) | 0;
      this.#memory[at] = 0x30 + rest - next * 10;
      rest = next;
    }
  }

  /** Writes the length of a part for which there is room. */
  #reserves(partBytes: number): boolean {
    const at = this.#at;
    if (!this.#fits || at + lengthBytes + partBytes > this.#limit) {
      this.#fits = false;
      return false;
    }
    const memory = this.#memory;
    memory[at] = 0;
    memory[at + 1] = 0;
    memory[at + 2] = partBytes >>> 8;
    memory[at + 3] = partBytes;
    this.#at = at + lengthBytes;
    return true;
  }

  /** Pads the message (FIPS 180-4 section 5.1.2). False, and an empty one instead, where it did not fit. */
  end(): boolean {
    const fits = this.#fits;
    const memory = this.#memory;
    const messageBytes = fits ? this.#at - this.#start : 0;
    const blocks = Math.ceil((messageBytes + paddingBytes) / blockBytes);
    const end = this.#start + blocks * blockBytes;
    const at = this.#start + messageBytes;
    memory[at] = 0x80;
    memory.fill(0, at + 1, end - 2);
    memory[end - 2] = messageBytes >>> 5;
    memory[end - 1] = messageBytes << 3;
    memory[layout.blockCounts + this.#messages] = blocks;
    this.#messages++;
    this.#start = end;
    return fits;
  }

  replaceLast(hash: Uint8Array): void {
    this.#replaced.set(this.#messages - 1, hash);
  }

  /** Hashes what was written, and begins anew. Answers the place behind the last. */
  hashInto(hashes: Uint8Array, { first, prefixBytes, strideBytes }: Places): number {
    const messages = this.#messages;
    if (messages > 0) this.#module.run(messages);
    for (const [message, hash] of this.#replaced) this.#memory.set(hash, layout.hashes + message * hashBytes);
    for (let message = 0; message < messages; message++) {
      const from = layout.hashes + message * hashBytes;
      const to = (first + message) * strideBytes;
      for (let at = 0; at < prefixBytes; at++) hashes[to + at] = this.#memory[from + at] ?? 0;
    }
    this.reset();
    return first + messages;
  }

  reset(): void {
    this.#replaced.clear();
    this.#messages = 0;
    this.#start = layout.messages;
  }
}

const wholeDigits = 16;
const halfDigits = 8;
const leastWhole = 10 ** (wholeDigits - 1);
const halfWhole = 10 ** halfDigits;

class PartList implements PartWriter {
  readonly parts: (string | Uint8Array)[] = [];

  text(part: string): void {
    this.parts.push(part);
  }

  bytes(from: Uint8Array, start: number, end: number): void {
    this.parts.push(from.subarray(start, end));
  }

  whole(part: number): void {
    this.parts.push(String(part));
  }
}
