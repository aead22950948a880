import type { ByteRow, Fragment } from './byte-row.ts';

/** A property of an object: its name with a comma before it, and its value behind that, or within it where it is constant. */
export interface ObjectPart {
  readonly key: Fragment;
  /** As of a `ByteWriter`. */
  readonly write?: WritePart;
}

type WritePart = (row: ByteRow, at: number) => number;

/** Longer functions are not optimized; longer fragments are put in a loop. */
const [maxParts, maxWords] = [32, 16];

/**
 * Writes parts of an object one after the other, without its braces; a part without a value leaves nothing.
 *
 * It is written out as source, with the words of what is constant in it, which takes a tenth less for a whole record
 * than a loop over parts and their words. Numbers are all that a mapping has in the source: no text of it is code.
 */
export function joinParts(parts: readonly ObjectPart[]): WritePart {
  if (parts.length <= maxParts) return writtenOut(parts);
  const [first, others] = [writtenOut(parts.slice(0, maxParts)), joinParts(parts.slice(maxParts))];
  return (row, start) => {
    const at = first(row, start);
    return at === -1 ? -1 : others(row, at);
  };
}

function writtenOut(parts: readonly ObjectPart[]): WritePart {
  const constants = parts.map((_, number) => `const { key: key${number}, write: write${number} } = parts[${number}];`);
  const source = `'use strict';
    ${constants.join('\n')}
    return (row, start) => {
      const out = row.outView;
      let at = start;
      let value = 0;
      let end = 0;
      ${parts.map(sourceOf).join('\n')}
      return at;
    };`;
  const write: unknown = new Function('parts', source)(parts);
  if (!isWriter(write)) throw new Error('the source makes no function');
  return write;
}

function isWriter(value: unknown): value is WritePart {
  return typeof value === 'function';
}

function sourceOf({ key, write }: ObjectPart, number: number): string {
  if (write === undefined) return `${putSource(key, number)} at += ${key.length};`;
  return `${putSource(key, number)}
    value = at + ${key.length};
    end = write${number}(row, value);
    if (end === -1) return -1;
    if (end !== value) at = end;`;
}

function putSource({ words }: Fragment, number: number): string {
  if (words.length > maxWords) return `row.put(at, key${number});`;
  return Array.from(words, (word, at) => `out.setInt32(at + ${at * 4}, ${word}, true);`).join('\n');
}
