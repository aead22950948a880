import { expect, test } from 'vitest';
import { defaultReplayConfig } from '../../functions/replay/config.ts';
import { testNamespace } from '../helpers/batches.ts';
import { eventKey } from '../helpers/event-key.ts';
import { identityKey } from '../helpers/pseudonymize-world.ts';
import { findViolations } from './check.ts';
import { makeEvents, type Send, type SentEvent, sendBatch } from './client.ts';
import type { Faults } from './faults.ts';
import { lateType, makePipeline } from './pipeline.ts';
import { makeDice, makeScheduler } from './scheduler.ts';

/** Replay one seed: `EDI_SIMULATION_SEED=17 npx vitest run --config test/vitest.config.ts test/simulation/replay.test.ts`. */
const replayed = process.env['EDI_SIMULATION_SEED'];
const seeds = replayed === undefined ? Array.from({ length: 80 }, (_, at) => at + 1) : [Number(replayed)];

const maxSteps = 50_000;
const faultyUntilMillis = 5 * 60_000;

/** Sends the same events again and again in batches made anew, whatever it is answered. */
async function resend({ dice, scheduler }: Faults, events: readonly SentEvent[], send: Send): Promise<void> {
  for (let round = 0; round < 6; round++) {
    const batch = events.filter(() => dice.chance(0.7));
    if (batch.length > 0) await sendBatch(batch, send);
    const pauseMillis = dice.below(120_000);
    await new Promise<void>((resolve) => scheduler.clock.after(pauseMillis, resolve));
  }
}

/** The type becomes known some time, and two replays run at any time after it, at once or one after the other. */
async function simulate(seed: number) {
  const dice = makeDice(seed);
  const scheduler = makeScheduler(dice);
  const { clock } = scheduler;
  const startedMillis = clock.nowMillis();
  const chaos = dice.below(4) * 0.04;
  const rate = () => (clock.nowMillis() - startedMillis < faultyUntilMillis ? chaos : 0);
  const faults = { dice, scheduler, rate };
  const pipeline = await makePipeline(faults);
  const events = makeEvents(faults, 'installation', 1 + dice.below(8), [lateType, 'shop.order.v1']);
  const totals = { replayed: 0, replayedBefore: 0 };
  const replay = async () => {
    try {
      const result = await pipeline.replay();
      totals.replayed += result.replayed;
      totals.replayedBefore += result.replayedBefore;
    } catch {
      // Crashed or refused, as told.
    }
  };
  const clients = [resend(faults, events, pipeline.send), resend(faults, events, pipeline.send)];
  const knownMillis = dice.below(240_000);
  clock.after(knownMillis, () => void pipeline.activateLateType());
  for (let run = 0; run < 2; run++) clock.after(knownMillis + dice.below(240_000), () => void replay());
  await scheduler.run(maxSteps);
  await Promise.all(clients);
  // Twice when all is quiet and no lease holds: the first brings what is left, the second finds nothing.
  for (const _ of [1, 2]) {
    clock.after(defaultReplayConfig.leaseSeconds * 2_000, () => void replay());
    await scheduler.run(maxSteps);
  }
  const delivered = new Set(
    pipeline.bus.messagesOf(`event.${lateType}`).map(({ attributes }) => attributes['event_key']),
  );
  const missing = events.filter(
    (sent) =>
      sent.promise !== 'none' &&
      sent.type === lateType &&
      typeof amountOf(sent) === 'number' &&
      !delivered.has(eventKey(identityKey, testNamespace, sent)),
  );
  return { violations: findViolations(pipeline, events), missing, totals };
}

function amountOf({ event }: SentEvent) {
  const data = event['data'];
  return typeof data === 'object' && data !== null && 'amount' in data ? data['amount'] : undefined;
}

test('early events of a type come in exactly once, while their client resends them and replays run twice', async () => {
  const sums = { replayed: 0, replayedBefore: 0 };
  for (const seed of seeds) {
    const { violations, missing, totals } = await simulate(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    // One of the checks: no event is forwarded under two seals.
    expect(violations, `seed ${seed}`).toEqual([]);
    expect(missing, `seed ${seed}`).toEqual([]);
    sums.replayed += totals.replayed;
    sums.replayedBefore += totals.replayedBefore;
  }
  if (replayed !== undefined) return;
  expect(sums.replayed).toBeGreaterThan(100);
  expect(sums.replayedBefore).toBeGreaterThan(100);
});
