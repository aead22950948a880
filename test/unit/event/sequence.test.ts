import { expect, test } from 'vitest';
import { readSequence } from '../../../shared/event/sequence.ts';

test.each([
  [0, 0n],
  [-0, 0n],
  [7, 7n],
  [1e3, 1_000n],
  [Number.MAX_SAFE_INTEGER, 9_007_199_254_740_991n],
  ['0', 0n],
  ['0000000042', 42n],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['9223372036854775807', 9_223_372_036_854_775_807n],
])('%j counts', (sequence, value) => {
  expect(readSequence({ sequence })).toBe(value);
});

test.each([
  -1,
  0.5,
  2 ** 53,
  true,
  '',
  '-1',
  '+1',
  ' 1',
  '1.0',
  '1e3',
  '0x10',
  '١',
  'a1',
  '9223372036854775808',
  '0'.repeat(65),
  [1],
  {},
])('%j is no number to count with', (sequence) => {
  expect(readSequence({ sequence })).toBe('unusable');
});

test.each([{}, { sequence: null }])('%j has none', (event) => {
  expect(readSequence(event)).toBeUndefined();
});
