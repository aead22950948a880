import { expect, test } from 'vitest';
import { makeProgressBar } from '../../../infra/cli/demo/progress-bar.ts';
import { startStatusLine } from '../../../infra/local/status-line.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

const whole = 'accepted 1234  duplicates 0  rejected 0  rows 0  4936/s  backlog 0  dead letters 1';

/** What is written within the first second, in which events come. */
function linesOf(isTerminal: boolean, columns?: number): string[] {
  const clock = createManualClock(0);
  const lines: string[] = [];
  let accepted = 0;
  const line = startStatusLine({
    status: () => ({ accepted, duplicates: 0, rejected: 0, rows: 0, quarantined: 0, backlog: 0, deadLetters: 1 }),
    clock,
    write: (text) => lines.push(text),
    isTerminal,
    columns: () => columns,
  });
  accepted = 1_234;
  clock.advance(isTerminal ? 250 : 5_000);
  line.stop();
  return lines;
}

test('the status is updated in place, and ends before the last column of the terminal', () => {
  expect(linesOf(true, 200)).toEqual([`\r\u001b[2K${whole}`, '\n']);
  expect(linesOf(true, 72)).toEqual([`\r\u001b[2K${whole.slice(0, 70)}…`, '\n']);
  expect(linesOf(true)).toEqual([`\r\u001b[2K${whole}`, '\n']);
});

test('without a terminal it is whole lines, however long', () => {
  expect(linesOf(false, 20)).toEqual([`${whole.replace('4936', '247')}\n`]);
});

test("the demo's bar fits, too", () => {
  const shown: string[] = [];
  const write = async (text: string) => void shown.push(text);
  makeProgressBar({ write, isTerminal: true, columns: 20 }).show('rows', 1, 3);
  expect(shown).toEqual(['\r\u001b[2Krows [##########...']);
});
