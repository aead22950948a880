import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inChunks } from '../../../shared/adapters/gcp/chunks.ts';

test('keeps every item in its order, and every chunk within the limits unless one item is beyond them', () => {
  const items = fc.array(fc.nat({ max: 20 }), { maxLength: 50 });
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 30 }), (sizes, maxItems, maxBytes) => {
      const chunks = inChunks(sizes, { maxItems, maxBytes, bytesOf: (size) => size });
      expect(chunks.flat()).toEqual(sizes);
      for (const chunk of chunks) {
        expect(chunk.length).toBeGreaterThan(0);
        expect(chunk.length).toBeLessThanOrEqual(maxItems);
        const bytes = chunk.reduce((sum, size) => sum + size, 0);
        expect(bytes <= maxBytes || chunk.length === 1).toBe(true);
      }
    }),
  );
});

test('makes no more chunks than needed', () => {
  expect(inChunks([1, 2, 3, 4, 5], { maxItems: 2 })).toEqual([[1, 2], [3, 4], [5]]);
  expect(inChunks([4, 4, 4, 9, 1], { maxItems: 9, maxBytes: 8, bytesOf: (size) => size })).toEqual([
    [4, 4],
    [4],
    [9],
    [1],
  ]);
  expect(inChunks([], { maxItems: 2 })).toEqual([]);
});
