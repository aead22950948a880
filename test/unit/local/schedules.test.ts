import { setImmediate as settled } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHeartbeats } from '../../../infra/local/schedules.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

const minuteMillis = 60_000;
const url = 'http://127.0.0.1/heartbeat';
/** 58 minutes after an hour. */
const startMillis = Date.parse('2026-03-01T11:58:00Z');

/** Tells at which minutes since the start the function was called. */
function calls(worksAt: (minute: number) => boolean) {
  const clock = createManualClock(startMillis);
  const minutes: number[] = [];
  const schedule = startHeartbeats(url, clock, async (called) => {
    expect(called).toBe(url);
    const minute = (clock.nowMillis() - startMillis) / minuteMillis;
    minutes.push(minute);
    return worksAt(minute);
  });
  const pass = async (count: number) => {
    for (let passed = 0; passed < count; passed++) {
      await settled();
      clock.advance(minuteMillis);
    }
    await settled();
  };
  return { minutes, schedule, clock, pass };
}

test('heartbeats are called for at once, and five minutes after each hour', async () => {
  const { minutes, schedule, clock, pass } = calls(() => true);
  await pass(130);
  expect(minutes).toEqual([0, 7, 67, 127]);
  schedule.stop();
  expect(clock.pendingTasks()).toBe(0);
});

test('a call that fails is repeated a minute later, until one does not', async () => {
  const { minutes, schedule, pass } = calls((minute) => minute === 2 || minute === 8);
  await pass(70);
  expect(minutes).toEqual([0, 1, 2, 7, 8, 67, 68, 69, 70]);
  schedule.stop();
});

test('a call that fails after the stop is not repeated', async () => {
  const clock = createManualClock(startMillis);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const schedule = startHeartbeats(url, clock, () => promise);
  schedule.stop();
  resolve(false);
  await settled();
  expect(clock.pendingTasks()).toBe(0);
});
