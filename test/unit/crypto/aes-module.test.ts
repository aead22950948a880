import { createCipheriv } from 'node:crypto';
import { unsafe } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layout, makeAesModule } from '../../../shared/crypto/aes-module.ts';
import { hex } from './hex.ts';

const aKey = fc.constantFrom(16, 24, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const aBlock = fc.uint8Array({ minLength: 16, maxLength: 16 });
const blocks = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.uint8Array({ minLength: count * 16, maxLength: count * 16 }));
const module = makeAesModule();

/** Round keys where the module finds them. */
function place(key: Uint8Array, at: number): number {
  const words = unsafe.expandKeyLE(key);
  module.bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
  return key.length / 4 + 6;
}

test('blocks are chained as node:crypto chains them, whatever the length of the key', () => {
  fc.assert(
    fc.property(aKey, aBlock, blocks, (key, state, text) => {
      const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, state);
      module.bytes.set(state, layout.state);
      module.bytes.set(text, layout.text);
      module.mac(place(key, layout.macKeys), text.length / 16);
      expect(hex(module.bytes.subarray(layout.state, layout.state + 16))).toBe(hex(cipher.update(text).subarray(-16)));
      expect(hex(module.bytes.subarray(layout.text, layout.text + text.length))).toBe(hex(text));
    }),
    { numRuns: 500 },
  );
});

test('blocks are XORed with what node:crypto counts', () => {
  fc.assert(
    fc.property(aKey, aBlock, blocks, (key, state, text) => {
      // Nothing is carried out of the last word here.
      state[12] = (state[12] ?? 0) & 0x7f;
      const cipher = createCipheriv(`aes-${key.length * 8}-ctr`, key, state);
      module.bytes.set(state, layout.state);
      module.bytes.set(text, layout.text);
      module.count(place(key, layout.countKeys), text.length / 16);
      expect(hex(module.bytes.subarray(layout.text, layout.text + text.length))).toBe(hex(cipher.update(text)));
      expect(hex(module.bytes.subarray(layout.state, layout.state + 16))).toBe(hex(state));
    }),
    { numRuns: 500 },
  );
});

test('its memory grows with what it is to hold, and keeps what is there', () => {
  const growing = makeAesModule();
  growing.bytes[layout.text] = 7;
  growing.reserve(1_000_000);
  expect(growing.bytes.length).toBeGreaterThan(layout.text + 1_000_000);
  expect(growing.bytes[layout.text]).toBe(7);
});
