import { newUuidV7 } from '../../../shared/event/uuid.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Publisher } from '../../../shared/ports/publisher.ts';
import type { Random } from '../../../shared/ports/random.ts';
import type { ReplayRun, Replays, StoredRun } from '../../../shared/ports/replays.ts';
import { topics } from '../../naming.ts';

export interface SettleParts {
  readonly replays: Replays;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly random: Random;
}

/** How long a replay that runs is waited for: it has the marks until it ends, or until its lease passes. */
const maxTries = 20;
const betweenTriesMillis = 250;
/** Stands in the column `run` of what no replay has sent. */
const correctedRun = 'corrected';

/**
 * Marks a record of the quarantine as replayed, because its event was accepted after somebody had corrected it: it waits no
 * longer, and no replay sends what it holds. `busy`: a replay runs, and nothing was marked.
 */
export function makeSettle({ replays, publisher, clock, random }: SettleParts) {
  /** Nothing of a run that can be gone on with is changed. */
  async function mark(recordKey: string, stored: StoredRun | undefined): Promise<boolean> {
    const nowMillis = clock.nowMillis();
    const marks = { recordKeys: [recordKey], atMillis: nowMillis };
    const run = stored?.run ?? doneRun(recordKey, nowMillis);
    return (await replays.save(run, marks, stored?.version)) !== 'changed';
  }

  function doneRun(recordKey: string, nowMillis: number): ReplayRun {
    return {
      id: newUuidV7(clock, random),
      request: { filter: { recordKey }, dryRun: false },
      totals: { records: 1, read: 1, replayed: 1, replayedBefore: 0, stay: {} },
      state: 'done',
      leasedUntilMillis: nowMillis,
      startedAtMillis: nowMillis,
    };
  }

  return async (recordKey: string): Promise<'settled' | 'busy'> => {
    for (let tried = 0; tried < maxTries; tried++) {
      const stored = await replays.run();
      const isHeld = stored?.run.state === 'running' && stored.run.leasedUntilMillis > clock.nowMillis();
      if (!isHeld && (await mark(recordKey, stored))) {
        const row = {
          record_key: recordKey,
          replayed_time: new Date(clock.nowMillis()).toISOString(),
          run: correctedRun,
        };
        await publisher.publish(topics.replayed, [{ data: Buffer.from(JSON.stringify(row)), attributes: {} }]);
        return 'settled';
      }
      await new Promise<void>((resolve) => clock.after(betweenTriesMillis, resolve));
    }
    return 'busy';
  };
}
