import type { Mutant } from '../mutant.ts';

/** Of both lines, and of what is too old for them. */
export const lineMutants: readonly Mutant[] = [
  {
    name: 'an old message is handled',
    file: 'shared/operations/lines.ts',
    old: 'if (clock.nowMillis() - sealedAtMillis <= config.purgeAfterDays * dayMillis) return false;',
    new: 'if (true) return false;',
    test: 'test/unit/operations/lines.test.ts',
  },
  {
    name: 'what is purged is not counted',
    file: 'shared/operations/lines.ts',
    old: 'await batches.losses.record(losses);',
    new: '',
    test: 'test/unit/operations/lines.test.ts',
  },
  {
    name: 'the first line notes its failures',
    file: 'shared/operations/lines.ts',
    old: "lineOf(message.subscription) === 'first'",
    new: 'false',
    test: 'test/unit/operations/lines.test.ts',
  },
  {
    name: 'every line is the first',
    file: 'shared/http/line.ts',
    old: "? 'second' : 'first'",
    new: "? 'first' : 'first'",
    test: 'test/unit/operations/lines.test.ts',
  },
];
