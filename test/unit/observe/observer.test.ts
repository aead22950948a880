import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { combineObservers, makeCountingObserver, makeJsonObserver } from '../../../shared/observe/json-observer.ts';
import { traceFields } from '../../../shared/observe/trace.ts';

function jsonObserver() {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const lines: unknown[] = [];
  const writeLine = (line: string) => {
    expect(line).not.toContain('\n');
    lines.push(JSON.parse(line));
  };
  return { clock, lines, observer: makeJsonObserver({ component: 'ingest', clock, writeLine }) };
}

describe('the JSON observer', () => {
  test('never throws: what cannot be written is counted, and told with the next line', () => {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    const lines: string[] = [];
    let full = true;
    const writeLine = (line: string) => {
      if (full) throw new Error('ENOSPC: no space left on device');
      lines.push(line);
    };
    const observer = makeJsonObserver({ component: 'ingest', clock, writeLine });
    observer.log('ERROR', 'one');
    clock.advance(60_000);
    observer.count('accepted', 5);
    full = false;
    observer.log('INFO', 'two');
    observer.log('INFO', 'three');
    expect(lines.map((line) => JSON.parse(line).lostLines)).toEqual([2, undefined]);
  });

  test('writes lines as Cloud Logging reads them', () => {
    const { lines, observer } = jsonObserver();
    observer.log('WARNING', 'two\nlines', { accepted: 1, reasons: { schema: 2 } });
    expect(lines).toEqual([
      {
        severity: 'WARNING',
        message: 'two\nlines',
        time: '2026-01-01T00:00:00.000Z',
        component: 'ingest',
        accepted: 1,
        reasons: { schema: 2 },
      },
    ]);
  });

  test('sums counts and writes them every ten seconds of traffic', () => {
    const { clock, lines, observer } = jsonObserver();
    observer.count('accepted', 3);
    observer.count('rejected', 1, 'schema');
    observer.count('accepted', 2);
    clock.advance(9_999);
    observer.count('duplicates', 0);
    expect(lines).toEqual([]);
    clock.advance(1);
    observer.count('rejected', 1, 'schema');
    expect(lines).toEqual([
      expect.objectContaining({ message: 'counts', counts: { accepted: 5, 'rejected.schema': 2 } }),
    ]);
    clock.advance(10_000);
    observer.count('accepted');
    expect(lines[1]).toMatchObject({ counts: { accepted: 1 } });
  });
});

test('the counting observer sums under the name and under the reason', () => {
  const observer = makeCountingObserver();
  observer.count('rejected', 2, 'schema');
  observer.count('rejected', 1, 'time');
  observer.count('accepted');
  expect(Object.fromEntries(observer.counts)).toEqual({
    rejected: 3,
    'rejected.schema': 2,
    'rejected.time': 1,
    accepted: 1,
  });
});

test('combined observers all hear everything', () => {
  const { lines, observer } = jsonObserver();
  const counting = makeCountingObserver();
  const combined = combineObservers(observer, counting);
  combined.log('INFO', 'hello');
  combined.count('accepted', 2);
  expect(lines).toHaveLength(1);
  expect(counting.counts.get('accepted')).toBe(2);
});

describe('traceFields', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;

  test.each([
    [{ traceparent }, trace],
    [{ 'x-cloud-trace-context': `${trace}/123;o=1` }, trace],
    [{ traceparent, 'x-cloud-trace-context': `${'0'.repeat(32)}/1` }, trace],
  ])('%j', (headers, expected) => {
    expect(traceFields(headers)).toEqual({ 'logging.googleapis.com/trace': expected });
    expect(traceFields(headers, 'p')).toEqual({ 'logging.googleapis.com/trace': `projects/p/traces/${expected}` });
  });

  test.each([{}, { traceparent: 'alice' }, { 'x-cloud-trace-context': 'alice@example.com/1' }])(
    '%j has none',
    (headers) => {
      expect(traceFields(headers)).toEqual({});
    },
  );
});
