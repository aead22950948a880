import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showWait } from '../../../infra/cli/show-wait.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function output(isTerminal: boolean) {
  const written: string[] = [];
  return {
    written,
    isTerminal,
    columns: isTerminal ? 80 : undefined,
    async write(text: string) {
      written.push(text);
    },
  };
}
const clock = { nowMillis: () => Date.now() };
const wait = { label: 'asking the tables', boundSeconds: 300 };

function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { promise, resolve, reject };
}

test('tells each second how long it took and may take, and is gone before the outcome', async () => {
  const [terminal, asked] = [output(true), work()];
  const shown = showWait(terminal, wait, asked.promise, clock);
  await vi.advanceTimersByTimeAsync(2_000);
  asked.resolve('rows');
  expect(await shown).toBe('rows');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(terminal.written).toEqual([
    '\r\u001b[2Kasking the tables: 1 s, at most 5 min',
    '\r\u001b[2Kasking the tables: 2 s, at most 5 min',
    '\r\u001b[2K',
  ]);
});

test('a failure takes the line away, too', async () => {
  const [terminal, asked] = [output(true), work()];
  const shown = showWait(terminal, wait, asked.promise, clock);
  const failed = expect(shown).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(1_000);
  asked.reject(new Error('no'));
  await failed;
  expect(terminal.written.at(-1)).toBe('\r\u001b[2K');
});

test('what answers within a second shows nothing, and neither does what is no terminal', async () => {
  const terminal = output(true);
  expect(await showWait(terminal, wait, Promise.resolve('rows'), clock)).toBe('rows');
  expect(terminal.written).toEqual([]);
  const [pipe, asked] = [output(false), work()];
  const shown = showWait(pipe, wait, asked.promise, clock);
  await vi.advanceTimersByTimeAsync(3_000);
  asked.resolve('rows');
  await shown;
  expect(pipe.written).toEqual([]);
});
