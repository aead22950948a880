import { createCipheriv } from 'node:crypto';
import { unsafe } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encryptBlock } from '../../../shared/crypto/aes-block.ts';
import { hex } from './hex.ts';

const aKey = fc.constantFrom(16, 24, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const aBlock = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('a block is encrypted as node:crypto encrypts it, whatever the length of the key', () => {
  fc.assert(
    fc.property(aKey, aBlock, (key, block) => {
      const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
      const view = new DataView(block.buffer, block.byteOffset);
      const words = Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at, true));
      encryptBlock(Int32Array.from(unsafe.expandKeyLE(key)), words);
      const encrypted = new DataView(new ArrayBuffer(16));
      for (const [at, word] of words.entries()) encrypted.setInt32(at * 4, word, true);
      expect(hex(new Uint8Array(encrypted.buffer))).toBe(hex(cipher.update(block)));
    }),
    { numRuns: 500 },
  );
});
