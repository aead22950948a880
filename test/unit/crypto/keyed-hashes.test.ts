import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importHashKey, keyedHash } from '../../../shared/crypto/keyed-hash.ts';
import { keyedHashes } from '../../../shared/crypto/keyed-hashes.ts';
import { hex } from './hex.ts';

const key = importHashKey(new Uint8Array(32).fill(5));

type PartWriter = Parameters<Parameters<typeof keyedHashes>[3]>[0];
type Part = string | number | Uint8Array;

function write(parts: PartWriter, list: readonly Part[]): void {
  for (const part of list) {
    if (typeof part === 'string') parts.text(part);
    else if (typeof part === 'number') parts.whole(part);
    else parts.bytes(Buffer.concat([Buffer.from('before'), part, Buffer.from('behind')]), 6, 6 + part.length);
  }
}

function together(lists: readonly (readonly Part[])[], prefixBytes = 32, strideBytes = prefixBytes): string[] {
  const hashesOf = keyedHashes<typeof lists>(key, 'claim', { prefixBytes, strideBytes }, (parts, given, at) =>
    write(parts, given[at] ?? []),
  );
  const hashes = hashesOf(lists, lists.length);
  return lists.map((_, at) => hex(hashes.subarray(at * strideBytes, (at + 1) * strideBytes)));
}

function oneByOne(lists: readonly (readonly Part[])[]): string[] {
  return lists.map((list) =>
    hex(
      keyedHash(
        key,
        'claim',
        list.map((part) => (typeof part === 'number' ? String(part) : part)),
      ),
    ),
  );
}

const aText = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('\ud800', 'ä', ''),
);
const aPart = fc.oneof(
  aText,
  fc.maxSafeInteger(),
  fc.integer({ min: 1e15, max: 9e15 }),
  fc.uint8Array({ maxLength: 300 }),
);

describe('hashes of many lists at once', () => {
  test('are those of node:crypto, whatever the parts', () => {
    fc.assert(
      fc.property(fc.array(fc.array(aPart, { maxLength: 5 }), { maxLength: 100 }), (lists) => {
        expect(together(lists)).toEqual(oneByOne(lists));
      }),
    );
  });

  test('are those of node:crypto at every length, over every border of a block and beyond the room for one', () => {
    const lists = Array.from({ length: 2_000 }, (_, length) => [new Uint8Array(length).fill(length)]);
    expect(together(lists)).toEqual(oneByOne(lists));
    const texts = lists.map(([part]) => ['a'.repeat(part?.length ?? 0)]);
    expect(together(texts)).toEqual(oneByOne(texts));
  });

  test('are those of node:crypto for every number of digits', () => {
    const lists = Array.from({ length: 16 }, (_, digits) => 10 ** digits).flatMap((one) => [[one - 1], [one], [-one]]);
    lists.push([0], [Number.MAX_SAFE_INTEGER], [Number.MIN_SAFE_INTEGER], [1_767_225_600_123_456]);
    expect(together(lists)).toEqual(oneByOne(lists));
  });

  test('of more and fewer lists by turns, of several keys and labels, do not mix', () => {
    const otherKey = importHashKey(new Uint8Array(32).fill(6));
    const other = keyedHashes<string>(otherKey, 'another label', { prefixBytes: 32 }, (parts, text) =>
      parts.text(text),
    );
    for (const count of [100, 1, 0, 33, 32, 64]) {
      const lists = Array.from({ length: count }, (_, at) => [`id-${at}`, at % 7 === 0 ? 'x'.repeat(2_000) : at]);
      expect(together(lists)).toEqual(oneByOne(lists));
      expect(other('a', 1).length).toBe(32);
    }
    const expected = keyedHash(otherKey, 'another label', ['a']);
    expect(hex(other('a', 1))).toBe(hex(expected));
  });

  test('are right after a call that threw in the middle, and with a key that is longer than the room', () => {
    const breaks = keyedHashes<string>(key, 'claim', { prefixBytes: 32 }, (parts, text, at) => {
      parts.text(text);
      if (at === 35) throw new Error('a bug');
    });
    expect(() => breaks('a', 40)).toThrow('a bug');
    expect(together([['a', 1]])).toEqual(oneByOne([['a', 1]]));
    const long = importHashKey(new Uint8Array(3_000).fill(7));
    const hash = keyedHashes<string>(long, 'claim', { prefixBytes: 32 }, (parts, text) => parts.text(text))('a', 1);
    expect(hex(hash)).toBe(hex(keyedHash(long, 'claim', ['a'])));
  });

  test('give their first bytes, with zeros up to the next', () => {
    const [whole = ''] = oneByOne([['a', 1]]);
    expect(together([['a', 1]], 8)).toEqual([whole.slice(0, 16)]);
    expect(
      together(
        [
          ['a', 1],
          ['a', 1],
        ],
        16,
        18,
      ),
    ).toEqual([`${whole.slice(0, 32)}0000`, `${whole.slice(0, 32)}0000`]);
  });
});
