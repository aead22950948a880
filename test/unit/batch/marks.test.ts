import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMarks, encodeMarks } from '../../../shared/batch/marks.ts';
import { pubsubLimits } from '../../../shared/ports/publisher.ts';

const mark = fc.record({ forward: fc.boolean(), possibleDuplicate: fc.boolean(), beyondLookBack: fc.boolean() });

test('marks go through an attribute unchanged, a thousand of them, too', () => {
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 1_000, size: 'max' }), (marks) => {
      const text = encodeMarks(marks);
      expect(text.length).toBeLessThanOrEqual(pubsubLimits.maxAttributeValueBytes);
      expect(decodeMarks(text, marks.length)).toEqual(marks);
    }),
    { numRuns: 50 },
  );
});

test.each([
  [undefined, 0],
  ['1', 2],
  ['11', 1],
  ['8', 1],
  ['f', 1],
  [' ', 1],
  ['1\n', 2],
  ['x', 1],
])('%j for %i events is no list of marks', (text, count) => {
  expect(decodeMarks(text, count)).toBeUndefined();
});
