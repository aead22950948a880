import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

test('runs due tasks in order of time and then of scheduling, each at its own time', () => {
  const clock = createManualClock(1_000);
  const ran: [string, number][] = [];
  const note = (name: string) => () => void ran.push([name, clock.nowMillis()]);
  clock.after(20, note('later'));
  clock.after(10, note('first'));
  clock.after(10, note('second'));
  clock.after(31, note('not yet'));
  clock.after(-5, note('at once'));
  expect(ran).toEqual([]);
  clock.advance(30);
  expect(ran).toEqual([
    ['at once', 1_000],
    ['first', 1_010],
    ['second', 1_010],
    ['later', 1_020],
  ]);
  expect([clock.nowMillis(), clock.pendingTasks(), clock.nextDueMillis()]).toEqual([1_030, 1, 1_031]);
});

test('runs what tasks schedule when it is due within the span', () => {
  const clock = createManualClock(0);
  const at: number[] = [];
  const tick = (): void => {
    at.push(clock.nowMillis());
    clock.after(10, tick);
  };
  clock.after(10, tick);
  clock.advance(35);
  expect(at).toEqual([10, 20, 30]);
  clock.advance(5);
  expect(at).toEqual([10, 20, 30, 40]);
});

test('runs no cancelled task, and takes a second cancel', () => {
  const clock = createManualClock();
  const ran: string[] = [];
  const cancel = clock.after(10, () => void ran.push('cancelled'));
  const cancelOther = { run: (): void => undefined };
  clock.after(5, () => cancelOther.run());
  cancelOther.run = clock.after(7, () => void ran.push('cancelled by a task'));
  cancel();
  cancel();
  clock.advance(100);
  expect(ran).toEqual([]);
});

test('does not go back', () => {
  expect(() => createManualClock().advance(-1)).toThrow(RangeError);
});
