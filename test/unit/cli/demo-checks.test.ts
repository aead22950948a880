import { describe, expect, test } from 'vitest';
import { checksOf, type DemoResult } from '../../../infra/cli/demo/checks.ts';
import { makePlan } from '../../../infra/cli/demo/plan.ts';
import type { AnsweredQuestion } from '../../../infra/cli/demo/questions.ts';
import type { DemoEvent } from '../../../infra/cli/demo/run.ts';

const unique = ['a', 'b', 'c'].map(
  (id): DemoEvent => ({
    specversion: '1.0',
    id,
    source: 's',
    type: 'github.star.v1',
    time: '2026-01-01T00:00:00Z',
    data: {},
  }),
);
const plan = makePlan(
  unique,
  [{ what: 'no id', event: { source: 's' }, reason: 'envelope', mark: { type: 'demo.no-id.v1' } }],
  { maxEvents: 50, maxBytes: 1_000_000, sdkOf: () => 'any' },
);
const question: AnsweredQuestion = {
  question: 'How many stars?',
  sql: 'SELECT …',
  counted: { column: 'stars', typePrefix: 'github.star.v1' },
  result: {
    kind: 'rows',
    columns: [
      { name: 'repository', type: 'VARCHAR' },
      { name: 'stars', type: 'BIGINT' },
    ],
    rows: [
      ['x', 1],
      ['y', 2],
    ],
    truncated: false,
  },
};
/** Three events, all again, one of them a third and fourth time in one request. */
const right: DemoResult = {
  plan,
  totals: {
    accepted: 7,
    duplicatesInRequest: 1,
    rejected: { envelope: 1 },
    asExpected: 3,
    retries: 0,
    brokenBodyStatus: 400,
  },
  types: [{ type: 'github.star.v1', exactRows: 3, baseRows: 3, passedDedup: 3 }],
  quarantine: [{ reason: 'envelope', events: 1 }],
  questions: [question],
  legacy: {
    file: { text: '', records: 5, plays: 3, skipped: 1, bad: 1 },
    exports: 2,
    totals: { records: 10, accepted: 6, skipped: 2 },
    rows: 3,
    quarantined: 1,
  },
};
const off = (result: DemoResult) =>
  checksOf(result)
    .filter(({ expected, actual }) => expected !== actual)
    .map(({ what }) => what);

describe('the checks of a demo', () => {
  test('nothing is off when every count is what was sent', () => {
    expect(off(right)).toEqual([]);
  });

  test('a redelivered row does not count against dedup', () => {
    expect(off({ ...right, types: [{ type: 'github.star.v1', exactRows: 3, baseRows: 4, passedDedup: 3 }] })).toEqual(
      [],
    );
  });

  test.each<[string, Partial<DemoResult>, string[]]>([
    [
      'an event that was counted twice',
      { types: [{ type: 'github.star.v1', exactRows: 4, baseRows: 4, passedDedup: 4 }] },
      [
        'accepted events removed as duplicates',
        'rows of github.star.v1 in the exact view',
        'rows of github.star.v1 in the base table',
      ],
    ],
    [
      'a resend that only the view removed',
      { types: [{ type: 'github.star.v1', exactRows: 3, baseRows: 4, passedDedup: 4 }] },
      ['accepted events removed as duplicates', 'rows of github.star.v1 in the base table'],
    ],
    [
      'a type without any row',
      { types: [] },
      [
        'accepted events removed as duplicates',
        'rows of github.star.v1 in the exact view',
        'rows of github.star.v1 in the base table',
      ],
    ],
    ['a refused event that is not kept', { quarantine: [] }, ['events in quarantine with reason envelope']],
    [
      'a valid event that was refused',
      { totals: { ...right.totals, accepted: 6, asExpected: 2, rejected: { envelope: 1, schema: 1 } } },
      ['requests answered as expected', 'accepted events', 'accepted events removed as duplicates', 'rejected events'],
    ],
    [
      'broken JSON that was taken',
      { totals: { ...right.totals, brokenBodyStatus: 200 } },
      ['status of the request that is no JSON'],
    ],
    [
      'a legacy file that counts twice, and whose bad record is gone',
      { legacy: { ...right.legacy, rows: 6, quarantined: 0 } },
      ['rows of the legacy file in the exact view', 'bad records of the legacy file in quarantine'],
    ],
    [
      'an answer that leaves events out',
      { questions: [{ ...question, result: { ...question.result, rows: [['x', 1]] } }] },
      ['events in the answer to "How many stars?"'],
    ],
  ])('%s is found', (_, change, expected) => {
    expect(off({ ...right, ...change })).toEqual(expected);
  });
});
