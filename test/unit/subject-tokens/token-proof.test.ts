import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proofProblem, type VerifiedToken } from '../../../shared/subject-tokens/token-proof.ts';

const hour = 3_600_000;
const day = 24 * hour;
const settings = { maxTokenClockDifferenceSeconds: 60, lookBackDays: 28 };
const token: VerifiedToken = { kind: 'verified', realm: 'customer', subject: 'c', fromMillis: 0, untilMillis: hour };

test.each<[string, number, number | undefined, string | undefined]>([
  ['valid at receipt', 1_000, 1_000, undefined],
  ['valid at receipt, of an event of long ago', 1_000, -90 * day, undefined],
  ['valid at receipt, of an event without a time', 1_000, undefined, undefined],
  ['a minute after its end, by clocks that differ', hour + 59_999, undefined, undefined],
  ['a minute before its start', -60_000, undefined, undefined],
  ['expired at receipt, valid when the event happened', 5 * day, 1_000, undefined],
  ['the same on the last day', hour + 28 * day, 1_000, undefined],
  ['a look-back after its end', hour + 28 * day + 1, 1_000, 'token-too-old'],
  ['expired for both', 5 * day, 2 * day, 'token-expired'],
  ['expired, of an event without a time', 5 * day, undefined, 'token-expired'],
  ['expired, of an event before its start', 5 * day, -day, 'token-expired'],
  ['of tomorrow', -day, -day, 'token-early'],
])('%s', (_, receivedAtMillis, eventMillis, problem) => {
  expect(proofProblem(token, { receivedAtMillis, eventMillis }, settings)).toBe(problem);
});

test('an old token ends, whatever time an event claims, and time alone never brings it back', () => {
  const aTime = fc.integer({ min: -100 * day, max: 100 * day });
  fc.assert(
    fc.property(aTime, aTime, aTime, (one, other, eventMillis) => {
      const [earlier, later] = one < other ? [one, other] : [other, one];
      const problemAt = (receivedAtMillis: number) => proofProblem(token, { receivedAtMillis, eventMillis }, settings);
      if (later > hour + 28 * day) expect(problemAt(later)).toBe('token-too-old');
      if (earlier >= 0 && problemAt(earlier) !== undefined) expect(problemAt(later)).toBeDefined();
    }),
  );
});
