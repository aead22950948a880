import { describe, expect, test } from 'vitest';
import { waitUntilDelivered } from '../../../infra/cli/demo/wait.ts';
import type { OperatorStatus } from '../../../infra/cli/operator-client.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { settle } from './settle.ts';

/** Waits on a pipeline whose bus is as `statusAt` says, milliseconds after the start. Answers with how long it took. */
async function wait(statusAt: (millis: number) => OperatorStatus, signal = new AbortController().signal) {
  const clock = createManualClock(0);
  const operator = { status: async () => statusAt(clock.nowMillis()) };
  await settle(clock, waitUntilDelivered({ operator, clock, signal }));
  return clock.nowMillis();
}

const empty: OperatorStatus = { backlog: 0, oldestMessageAgeMillis: undefined };

describe('waiting until everything is delivered', () => {
  test('an empty bus is the end', async () => {
    expect(await wait((millis) => (millis < 700 ? { backlog: 3, oldestMessageAgeMillis: millis + 5 } : empty))).toBe(
      700,
    );
  });

  test('a bus that others keep filling is waited for until three generations of messages are gone', async () => {
    const ageMillis = 250;
    const tookMillis = await wait(() => ({ backlog: 9, oldestMessageAgeMillis: ageMillis }));
    expect(tookMillis).toBeGreaterThan(3 * ageMillis);
    expect(tookMillis).toBeLessThan(3 * ageMillis + 500);
  });

  test('a message that is never acknowledged ends the wait with an error that says so', async () => {
    const stuck = wait((millis) => ({ backlog: 1, oldestMessageAgeMillis: millis + 1 }));
    await expect(stuck).rejects.toThrow('the pipeline is not through after 60 s: 1 messages wait on the bus');
  });

  test('an interruption ends it', async () => {
    expect(await wait((millis) => ({ backlog: 1, oldestMessageAgeMillis: millis + 1 }), AbortSignal.abort())).toBe(0);
  });
});
