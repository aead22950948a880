import { describe, expect, test } from 'vitest';
import type { HistoryEntry, SentEvent } from '../../check/exactness/history.ts';
import { type FoundRow, judge } from '../../check/exactness/judge.ts';

function sent(id: string, parts: Partial<SentEvent> = {}): SentEvent {
  const time = '2026-01-01T00:00:00.000Z';
  return {
    id,
    source: 's',
    time,
    subject: 'p',
    trackId: `t-${id}`,
    msPlayed: 1,
    seeksMs: [1, 2],
    fits: true,
    ...parts,
  };
}

function row(id: string, parts: Partial<FoundRow> = {}): FoundRow {
  const time_micros = Date.parse('2026-01-01T00:00:00.000Z') * 1_000;
  const pseudonyms = { source: 'x-source', subject: 'x-subject' };
  return { event_id: id, time_micros, ...pseudonyms, track_id: `t-${id}`, ms_played: 1, seeks_ms: [1, 2], ...parts };
}

function answered(events: readonly SentEvent[], parts: Partial<Extract<HistoryEntry, { kind: 'answered' }>> = {}) {
  const answer: HistoryEntry = { kind: 'answered', request: 0, status: 200, refused: [], transient: [], ...parts };
  return [{ kind: 'sent', request: 0, events } as const, answer];
}

test('a run in which every acknowledged event has its row is exact', () => {
  const history = answered([sent('a'), sent('b')]);
  expect(judge(history, [row('a'), row('b')], 0).violations).toEqual([]);
});

test('what was not acknowledged may be there or not', () => {
  const history = answered([sent('a'), sent('b')], { status: 503 });
  expect(judge(history, [row('a')], 0).violations).toEqual([]);
});

test('an event that was refused and then corrected has a row and a record', () => {
  const misfit = answered([sent('a', { fits: false })], { refused: [0] });
  const corrected = answered([sent('a')]).map((entry) => ({ ...entry, request: 1 }));
  expect(judge([...misfit, ...corrected], [row('a')], 1).violations).toEqual([]);
});

describe('a violation is', () => {
  const history = answered([sent('a'), sent('b')]);
  const both = [row('a'), row('b')];

  test.each<[string, readonly FoundRow[], number, RegExp]>([
    ['an acknowledged event without a row', [row('a')], 0, /no row of b/],
    ['two rows of one event', [...both, row('a')], 0, /2 rows of a/],
    ['a row that nobody sent', [...both, row('c')], 0, /a row of c/],
    ['a row of another payload', [row('a', { track_id: 't-b' }), row('b')], 0, /track_id of a/],
    ['a number that changed', [row('a', { ms_played: 2 }), row('b')], 0, /ms_played of a/],
    ['a list in another order', [row('a', { seeks_ms: [2, 1] }), row('b')], 0, /seeks_ms of a/],
    ['another time', [row('a', { time_micros: 0 }), row('b')], 0, /time of a/],
    ['two pseudonyms of one person', [row('a'), row('b', { subject: 'y' })], 0, /subjects and pseudonyms/],
    ['a person in the clear', both.map((each) => ({ ...each, subject: 'p' })), 0, /subject stands in the clear/],
    ['a record of nothing refused', both, 1, /1 records in quarantine/],
  ])('%s', (_, rows, quarantined, violation) => {
    const { violations } = judge(history, rows, quarantined);
    expect(violations).toEqual([expect.stringMatching(violation)]);
  });

  test('a refused event that quarantine does not hold, or a row of it', () => {
    const misfit = answered([sent('a', { fits: false })], { refused: [0] });
    expect(judge(misfit, [], 0).violations).toEqual([expect.stringMatching(/0 records in quarantine of 1/)]);
    expect(judge(misfit, [row('a')], 1).violations).toEqual([expect.stringMatching(/never sent in a form that fits/)]);
  });
});
