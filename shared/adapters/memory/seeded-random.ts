import type { Random } from '../../ports/random.ts';

/**
 * NOT SECURE: the same bytes for the same seed, for simulations and tests that must be repeatable. Whoever sees a few
 * bytes can compute all others. Never use it for keys, ids or secrets of a deployment.
 *
 * The generator is mulberry32: 32 bits of state, period 2^32 words.
 */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const nextWord = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
  return {
    bytes(lengthBytes) {
      const bytes = new Uint8Array(lengthBytes);
      for (let offset = 0; offset < lengthBytes; offset += 4) {
        const word = nextWord();
        for (let i = 0; i < 4 && offset + i < lengthBytes; i += 1) bytes[offset + i] = word >>> (8 * i);
      }
      return bytes;
    },
  };
}
