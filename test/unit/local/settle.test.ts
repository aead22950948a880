import { expect, test } from 'vitest';
import { makeSettle } from '../../../infra/local/live/settle.ts';
import { topics } from '../../../infra/naming.ts';
import { createManualClock, type ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryPublisher } from '../../../shared/adapters/memory/publisher.ts';
import { createMemoryReplays } from '../../../shared/adapters/memory/replays.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import type { ReplayRun } from '../../../shared/ports/replays.ts';

const now = Date.UTC(2026, 10, 29);
const run: ReplayRun = {
  id: 'a-run',
  request: { filter: { reason: 'schema' }, dryRun: false },
  totals: { records: 9, read: 3, replayed: 3, replayedBefore: 0, stay: {} },
  cursor: { seal: 's', recordKey: 'r' },
  state: 'interrupted',
  leasedUntilMillis: now,
  startedAtMillis: now,
};
const marks = { recordKeys: [], atMillis: now };

function world() {
  const [clock, replays, publisher] = [createManualClock(now), createMemoryReplays(), createMemoryPublisher()];
  const settle = makeSettle({ replays, publisher, clock, random: systemRandom });
  const rows = () =>
    publisher.messagesOf(topics.replayed).map(({ data }): unknown => JSON.parse(Buffer.from(data).toString('utf8')));
  return { clock, replays, settle, rows };
}

/** Time that passes in small steps, so that what waits for a step can begin the next. */
async function passing(clock: ManualClock, millis: number): Promise<void> {
  for (let passed = 0; passed < millis; passed += 50) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(50);
  }
}

test('the record waits no longer, and no replay sends it', async () => {
  const { replays, settle, rows } = world();
  expect(await settle('record-1')).toBe('settled');
  expect(await settle('record-2')).toBe('settled');
  expect(rows()).toEqual(
    ['record-1', 'record-2'].map((record_key) => ({
      record_key,
      replayed_time: '2026-11-29T00:00:00.000Z',
      run: 'corrected',
    })),
  );
  expect([...(await replays.replayed(['record-1', 'record-2', 'record-3']))]).toEqual(['record-1', 'record-2']);
  expect((await replays.run())?.run.state).toBe('done');
});

test('a run that was interrupted can be gone on with as before', async () => {
  const { replays, settle } = world();
  await replays.save(run, marks, undefined);
  expect(await settle('record-1')).toBe('settled');
  expect((await replays.run())?.run).toEqual(run);
});

test('a replay that runs is waited for, and not for ever', async () => {
  const { clock, replays, settle, rows } = world();
  await replays.save({ ...run, state: 'running', leasedUntilMillis: now + 1_000 }, marks, undefined);
  const waits = settle('record-1');
  await passing(clock, 1_250);
  expect(await waits).toBe('settled');

  const stored = await replays.run();
  await replays.save({ ...run, state: 'running', leasedUntilMillis: now + 60_000 }, marks, stored?.version);
  const gone = settle('record-2');
  await passing(clock, 6_000);
  expect(await gone).toBe('busy');
  expect(rows()).toHaveLength(1);
});
