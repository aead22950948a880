import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PrintTable } from '../../../functions/dedup/fingerprint.ts';

/** Few different ones, many of which share the bits that choose a slot. */
const print = fc
  .tuple(fc.constantFrom(0, 1, 255), fc.constantFrom(0, 7), fc.nat({ max: 3 }))
  .map(([first, third, last]) => [first, 0, third, 0, 0, 0, 0, last]);

test('finds the fingerprints that were added, wherever the packed bytes begin, and nothing in what is left over', () => {
  fc.assert(
    fc.property(
      fc.array(print, { minLength: 1, maxLength: 20 }),
      fc.array(print, { maxLength: 20 }),
      fc.nat({ max: 7 }),
      fc.nat({ max: 7 }),
      (own, others, offset, leftBytes) => {
        const prints = Uint8Array.from(own.flat());
        // Every other one, last first.
        const positions = own.flatMap((_, at) => (at % 2 === 0 ? [at] : [])).reverse();
        const table = new PrintTable(prints, positions);
        const places = new Map<string, number>();
        for (const [place, position] of positions.entries()) {
          const text = String(own[position]);
          expect(table.add(place)).toBe(places.get(text) ?? -1);
          if (!places.has(text)) places.set(text, place);
        }
        const packed = Buffer.from([
          ...Array<number>(offset).fill(9),
          ...others.flat(),
          ...Array<number>(leftBytes).fill(0),
        ]);
        const found: number[] = [];
        table.findIn(packed.subarray(offset), (place) => found.push(place));
        expect(found).toEqual(others.flatMap((other) => places.get(String(other)) ?? []));
      },
    ),
    { numRuns: 500 },
  );
});
