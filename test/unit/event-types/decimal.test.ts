import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal, isMultipleOf, multipleOf } from '../../../shared/event-types/decimal.ts';

test('plain arithmetic says of multiples what exact decimals say', () => {
  const factor = fc.oneof(
    fc.constantFrom(0.01, 0.1, 0.25, 0.07, 1, 3, 123.456, 1e15, 7e-15, 1e-300, 1e300, 2 ** 53, 5e-324),
    fc.double({ min: 1e-12, max: 1e12, minExcluded: true, noNaN: true }),
  );
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.tuple(fc.integer(), fc.integer({ min: -20, max: 20 })).map(([digits, places]) => Number(`${digits}e${places}`)),
  );
  fc.assert(
    fc.property(factor, value, fc.integer(), (of, any, times) => {
      const { digits, exponent } = decimal(of);
      for (const tried of [any, Number(`${digits * BigInt(times)}e${exponent}`)]) {
        if (Number.isFinite(tried)) expect(multipleOf(of)(tried)).toBe(isMultipleOf(decimal(tried), decimal(of)));
      }
    }),
    { numRuns: 20_000 },
  );
});
