import { expect, test } from 'vitest';
import { makeProgressBar } from '../../../infra/cli/demo/progress-bar.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

function openBar({ isTerminal = true, columns }: { isTerminal?: boolean; columns?: number } = {}) {
  const clock = createManualClock(0);
  const written: string[] = [];
  const write = async (text: string) => void written.push(text);
  const bar = makeProgressBar({ write, isTerminal, columns }, clock);
  const last = () => written.at(-1)?.replace('\r\u001b[2K', '') ?? '';
  return { bar, clock, written, last };
}

test('says how much time is left, by how fast it went', () => {
  const { bar, clock, last } = openBar();
  bar.show('rows', 100, 1_000);
  expect(last()).toMatch(/ 100 of 1000$/);
  clock.advance(2_000);
  bar.show('rows', 300, 1_000);
  expect(last()).toMatch(/ 300 of 1000, 7 s left$/);
  bar.clear();
  clock.advance(600_000);
  bar.show('rows', 400, 1_000);
  expect(last()).toMatch(/ 400 of 1000, 20 min left$/);
  clock.advance(36_000_000);
  bar.show('rows', 401, 1_000);
  expect(last()).toMatch(/, 20 h left$/);
  bar.show('rows', 1_000, 1_000);
  expect(last()).toMatch(/ 1000 of 1000$/);
});

test('says nothing of what has only begun, stands still, or is another thing that is counted', () => {
  const { bar, clock, last } = openBar();
  bar.show('rows', 1, 10);
  clock.advance(500);
  bar.show('rows', 2, 10);
  expect(last()).not.toContain('left');
  clock.advance(5_000);
  bar.show('files', 3, 20);
  expect(last()).not.toContain('left');
  clock.advance(5_000);
  bar.show('files', 3, 20);
  expect(last()).not.toContain('left');
});

test('has no bar where nobody knows the whole, fits the terminal, and is nothing in a pipe', () => {
  const { bar, last } = openBar({ columns: 30 });
  bar.show('7 lines', 7, undefined);
  expect(last()).toBe('7 lines');
  bar.show('rows', 1, 10);
  expect(last()).toHaveLength(29);
  const piped = openBar({ isTerminal: false });
  piped.bar.show('rows', 1, 10);
  piped.bar.clear();
  expect(piped.written).toEqual([]);
});
