import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { account, type Counters, type Outcome } from '../../../shared/outcome/account.ts';
import { type Rejected, rejected } from '../../../shared/outcome/outcome.ts';

interface Row {
  readonly kind: 'row';
  readonly row: string;
}
type Decided = 'duplicate' | Row | Rejected;

function counting() {
  const counted: Record<string, unknown[]> = {};
  const add = (kind: string) => (outcomes: readonly Outcome[]) => {
    counted[kind] = [...(counted[kind] ?? []), ...outcomes];
  };
  const counters: Counters<Decided> = { duplicate: add('duplicate'), row: add('row'), rejected: add('rejected') };
  return { counters, counted };
}

const row: Row = { kind: 'row', row: 'a' };
const refusal = rejected('schema', '/data');

test('splits a batch by kind, in the order of its entries', () => {
  const { counters, counted } = counting();
  const outcomes: Decided[] = [refusal, row, 'duplicate', row];
  const accounts = account(['e0', 'e1', 'e2', 'e3'], outcomes, counters);
  expect(accounts.of('row')).toEqual([
    { at: 1, entry: 'e1', outcome: row },
    { at: 3, entry: 'e3', outcome: row },
  ]);
  expect(accounts.of('duplicate')).toEqual([{ at: 2, entry: 'e2', outcome: 'duplicate' }]);
  expect(accounts.of('rejected').map(({ outcome }) => outcome.reason)).toEqual(['schema']);
  expect(accounts.outcomes).toEqual(outcomes);
  expect(counted).toEqual({});
  accounts.count();
  expect(counted).toEqual({ duplicate: ['duplicate'], row: [row, row], rejected: [refusal] });
});

test('an empty batch adds up', () => {
  const { counters, counted } = counting();
  account([], [], counters).count();
  expect(counted).toEqual({ duplicate: [], row: [], rejected: [] });
});

describe('what does not add up is a bug, told before anything is made of it', () => {
  const holes: Decided[] = [row];
  holes[2] = row;
  test.each<[string, number, readonly (Decided | undefined)[], RegExp]>([
    ['no outcomes', 2, [], /2 entries has 0 outcomes/],
    ['an outcome too few', 3, [row, 'duplicate'], /3 entries has 2 outcomes/],
    ['an outcome too many', 1, [row, row], /1 entries has 2 outcomes/],
    ['outcomes of no entry', 0, [refusal], /0 entries has 1 outcomes/],
    ['an entry that nobody decided', 3, [row, undefined, row], /entry 1 .* no outcome/],
    ['a hole', 3, holes, /entry 1 .* no outcome/],
  ])('%s', (_what, entries, outcomes, message) => {
    const { counters } = counting();
    expect(() => account(Array(entries).fill('alice@example.com'), outcomes, counters)).toThrow(message);
    expect(() => account(Array(entries).fill('alice@example.com'), outcomes, counters)).not.toThrow(/alice/);
  });

  test('an outcome that nobody counts', () => {
    const { duplicate, row: rows } = counting().counters;
    // @ts-expect-error: the compiler asks for the counter of `rejected`
    const counters: Counters<Decided> = { duplicate, row: rows };
    expect(() => account(['a', 'b'], [row, refusal], counters)).toThrow(/counter .* "rejected"/);
  });

  test('an outcome that is called like a method of every object', () => {
    const none: Counters<string> = {};
    expect(() => account(['a'], ['toString'], none)).toThrow(/counter .* "toString"/);
  });
});

test('every entry is in exactly one group, and is counted once', () => {
  const outcome = fc.constantFrom<Decided>('duplicate', row, refusal, rejected('time'));
  fc.assert(
    fc.property(fc.array(outcome), (outcomes) => {
      const { counters, counted } = counting();
      const entries = outcomes.map((_, at) => `e${at}`);
      const accounts = account(entries, outcomes, counters);
      const split = [...accounts.of('duplicate'), ...accounts.of('row'), ...accounts.of('rejected')];
      expect(split.map(({ entry }) => entry).sort()).toEqual([...entries].sort());
      for (const { at, entry, outcome: own } of split) expect([entry, own]).toEqual([entries[at], outcomes[at]]);
      accounts.count();
      expect(Object.values(counted).flat()).toHaveLength(entries.length);
    }),
  );
});
