import { createHash, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256, importHashKey, keyedHash, keyedHashText } from '../../../shared/crypto/keyed-hash.ts';
import wycheproof from '../../data/crypto/hmac_sha256_test.json' with { type: 'json' };
import rfc4231 from '../../data/crypto/rfc4231.json' with { type: 'json' };
import { bytes, hex } from './hex.ts';

const key = importHashKey(new Uint8Array(32).fill(5));
const lists = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.uint8Array({ maxLength: 5 })), {
  maxLength: 4,
});

describe('HMAC-SHA256', () => {
  it.each(rfc4231.cases)('agrees with RFC 4231, test case $tc', ({ key: raw, data, hmac_sha256 }) => {
    expect(hex(hmacSha256(createSecretKey(bytes(raw)), bytes(data)))).toBe(hmac_sha256);
  });

  it.each(wycheproof.testGroups)('agrees with Wycheproof, $keySize-bit keys, $tagSize-bit tags', (group) => {
    for (const test of group.tests) {
      const tag = hmacSha256(createSecretKey(bytes(test.key)), bytes(test.msg)).subarray(0, group.tagSize / 8);
      expect(hex(tag) === test.tag, `tcId ${test.tcId}`).toBe(test.result === 'valid');
    }
  });
});

describe('a keyed hash', () => {
  it('is SHA-512/256 of the key, then label and parts, each behind its length as 32 bits', () => {
    const message = Buffer.from('\0\0\0\x05claim\0\0\0\x04näh\0\0\0\0\0\0\0\x02\x01\x02');
    const expected = createHash('sha512-256').update(new Uint8Array(32).fill(5)).update(message).digest('hex');
    expect(hex(keyedHash(key, 'claim', ['näh', '', Uint8Array.of(1, 2)]))).toBe(expected);
    expect(hex(keyedHash(key, 'claim', [Buffer.from('näh'), new Uint8Array(0), '\x01\x02']))).toBe(expected);
    expect(hex(keyedHash(new Uint8Array(32).fill(5), 'claim', ['näh', '', '\x01\x02']))).toBe(expected);
  });

  it('never changes: claims, lookups and identities that are stored depend on it', () => {
    expect(hex(keyedHash(key, 'claim', ['source', 'id', '2026-11-23T10:00:00Z']))).toBe(
      'a125809c63c06fede01b31730c64ac53ff09046ed67aaafadeda609e82d26734',
    );
  });

  it('is the same for the same list, and differs for every other', () => {
    const content = (parts: readonly (string | Uint8Array)[]) =>
      JSON.stringify(parts.map((part) => hex(typeof part === 'string' ? Buffer.from(part) : part)));
    fc.assert(
      fc.property(lists, lists, (one, other) => {
        const equal = content(one) === content(other);
        expect(keyedHash(key, 'label', one).equals(keyedHash(key, 'label', other))).toBe(equal);
        expect(keyedHash(key, 'label', one).equals(keyedHash(key, 'label', [...one]))).toBe(true);
      }),
    );
  });

  it.each([
    ['a boundary moved', ['ab', 'c'], ['a', 'bc']],
    ['an empty part more', ['a'], ['a', '']],
    ['parts joined', ['a', 'b'], ['ab']],
    ['an imitated length', ['a', 'b'], ['a\0\0\0\x01b']],
    ['two lone surrogates', ['\ud800'], ['\ud801']],
    ['a lone surrogate and its replacement', ['\ud800'], ['\ufffd']],
    ['a lone surrogate and its code unit as text', ['\ud800'], [Uint8Array.of(0x00, 0xd8)]],
  ])('tells %s', (_name, one, other) => {
    expect(hex(keyedHash(key, 'label', one))).not.toBe(hex(keyedHash(key, 'label', other)));
  });

  it('differs by label and by key; a label is no part', () => {
    const hash = hex(keyedHash(key, 'claim', ['a']));
    expect(hex(keyedHash(key, 'lookup', ['a']))).not.toBe(hash);
    expect(hex(keyedHash(importHashKey(new Uint8Array(32).fill(6)), 'claim', ['a']))).not.toBe(hash);
    expect(hex(keyedHash(key, 'clai', ['m', 'a']))).not.toBe(hash);
  });

  it('gives the first bytes as base64url', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 0, max: 32 }), (parts, length) => {
        const hash = keyedHash(key, 'claim', parts);
        expect(hash).toHaveLength(32);
        expect(keyedHashText(key, 'claim', parts, length)).toBe(hash.toString('base64url', 0, length));
      }),
    );
  });

  it('takes long texts and many parts as it takes short ones', () => {
    for (const unit of ['a', 'ä', '\ud800']) {
      for (const length of [127, 128, 129, 1_400, 5_000]) {
        const text = unit.repeat(length);
        const bytes = unit === '\ud800' ? Buffer.from(text, 'utf16le') : Buffer.from(text);
        const lengthBytes = Buffer.alloc(4);
        lengthBytes.writeUInt32BE(unit === '\ud800' ? bytes.length + 0x8000_0000 : bytes.length);
        const message = Buffer.concat([new Uint8Array(32).fill(5), Buffer.from('\0\0\0\x05claim'), lengthBytes, bytes]);
        const expected = createHash('sha512-256').update(message).digest('hex');
        expect(hex(keyedHash(key, 'claim', [text]))).toBe(expected);
      }
    }
  });

  it('is not made with a short key', () => {
    expect(() => importHashKey(new Uint8Array(31))).toThrow('at least 32 bytes, this one 31');
    expect(() => keyedHash(new Uint8Array(31), 'claim', [])).toThrow('at least 32 bytes, this one 31');
  });
});
