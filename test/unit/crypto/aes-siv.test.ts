import { aessiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAesSiv, sivBytes } from '../../../shared/crypto/aes-siv.ts';
import wycheproof from '../../data/crypto/aes_siv_cmac_test.json' with { type: 'json' };
import rfc5297 from '../../data/crypto/rfc5297-aes-siv.json' with { type: 'json' };
import { bytes, hex } from './hex.ts';

const keys = fc.constantFrom(32, 48, 64).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const associated = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 });
const plaintexts = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: 1_000, maxLength: 1_100 }));

describe('AES-SIV', () => {
  it.each(rfc5297)('agrees with $src', (vector) => {
    const siv = makeAesSiv(bytes(vector.key));
    const associatedData = vector.aad.map(bytes);
    expect(hex(siv.seal(bytes(vector.plaintext), associatedData))).toBe(vector.tag + vector.ciphertext);
    expect(hex(siv.open(bytes(vector.tag + vector.ciphertext), associatedData))).toBe(vector.plaintext);
  });

  it.each(wycheproof.testGroups)('agrees with Wycheproof on keys of $keySize bits', ({ keySize, tests }) => {
    expect(tests.length).toBeGreaterThan(100);
    for (const test of tests) {
      const key = bytes(test.key);
      expect(key.length * 8).toBe(keySize);
      const siv = makeAesSiv(key);
      const opened = siv.open(bytes(test.ct), [bytes(test.aad)]);
      expect(opened === undefined ? 'invalid' : hex(opened), `tcId ${test.tcId}`).toBe(
        test.result === 'valid' ? test.msg : 'invalid',
      );
      const sealed = hex(siv.seal(bytes(test.msg), [bytes(test.aad)]));
      expect(sealed === test.ct, `tcId ${test.tcId}`).toBe(test.result === 'valid');
    }
  });

  it("agrees with the package's own aessiv, and opens what it sealed", () => {
    fc.assert(
      fc.property(keys, plaintexts, associated, (key, plaintext, associatedData) => {
        const siv = makeAesSiv(key);
        const sealed = siv.seal(plaintext, associatedData);
        expect(hex(sealed)).toBe(hex(aessiv(key, ...associatedData).encrypt(plaintext)));
        expect(hex(siv.open(sealed, associatedData))).toBe(hex(plaintext));
      }),
    );
  });

  it('changes neither its arguments nor with its key, which it has copied', () => {
    const [key, plaintext, associatedData] = [new Uint8Array(64).fill(7), bytes('00112233'), bytes('0a0b')];
    const siv = makeAesSiv(key);
    const sealed = siv.seal(plaintext, [associatedData]);
    const before = hex(sealed);
    key.fill(0);
    expect(hex(siv.seal(plaintext, [associatedData]))).toBe(before);
    expect(hex(siv.open(sealed, [associatedData]))).toBe('00112233');
    expect([hex(plaintext), hex(associatedData), hex(sealed)]).toEqual(['00112233', '0a0b', before]);
  });

  it('reads views that begin anywhere in their buffer', () => {
    const siv = makeAesSiv(new Uint8Array(64).fill(7));
    const buffer = new Uint8Array(100).fill(1);
    for (const start of [0, 1, 2, 3]) {
      const sealed = siv.seal(buffer.subarray(start, start + 50), []);
      const shifted = new Uint8Array(sealed.length + start);
      shifted.set(sealed, start);
      expect(hex(siv.open(shifted.subarray(start), []))).toBe('01'.repeat(50));
    }
  });

  it('seals a text as its UTF-8 and one empty string, in base64 with what is to stand before it', () => {
    const before = bytes('0102030405');
    const check = (key: Uint8Array, text: string) => {
      const siv = makeAesSiv(key);
      const sealed = siv.seal(Buffer.from(text), [new Uint8Array(0)]);
      expect(siv.sealText(text, before)).toBe(Buffer.concat([before, sealed]).toString('base64'));
    };
    fc.assert(fc.property(keys, fc.string({ unit: 'binary', maxLength: 200 }), check));
    for (const text of ['', '\ud800', 'a'.repeat(100_000), 'é'.repeat(50_000)]) check(new Uint8Array(64), text);
    expect(makeAesSiv(new Uint8Array(64)).sealText('', before)).toHaveLength(28);
    expect(() => makeAesSiv(new Uint8Array(64)).sealText('', new Uint8Array(65))).toThrow(RangeError);
  });

  it('seals under each of several keys as if it was the only one', () => {
    const [one, other] = [1, 2].map((byte) => new Uint8Array(64).fill(byte));
    const apart = [one, other].map((key) => makeAesSiv(key ?? bytes('')).sealText('text', bytes('')));
    const [first, second] = [one, other].map((key) => makeAesSiv(key ?? bytes('')));
    expect([first?.sealText('text', bytes('')), second?.sealText('text', bytes(''))]).toEqual(apart);
  });

  it('tells an empty string of associated data from none', () => {
    const siv = makeAesSiv(new Uint8Array(64).fill(7));
    expect(hex(siv.seal(bytes('00'), [bytes('')]))).not.toBe(hex(siv.seal(bytes('00'), [])));
  });

  it('does not open what is shorter than its tag', () => {
    const siv = makeAesSiv(new Uint8Array(64).fill(7));
    for (let length = 0; length < sivBytes; length += 1) expect(siv.open(new Uint8Array(length), [])).toBeUndefined();
  });

  it('refuses other key lengths, and more associated data than is proven safe', () => {
    for (const length of [0, 16, 31, 33, 63, 65, 128]) {
      expect(() => makeAesSiv(new Uint8Array(length))).toThrow(`32, 48 or 64 bytes, this one ${length}`);
    }
    const siv = makeAesSiv(new Uint8Array(64));
    const strings = Array.from({ length: 126 }, () => new Uint8Array(1));
    expect(siv.seal(bytes('00'), strings)).toHaveLength(sivBytes + 1);
    expect(() => siv.seal(bytes('00'), [...strings, bytes('00')])).toThrow(RangeError);
  });
});
