import { makeReplay, type ReplayPorts } from '../../functions/replay/stage.ts';
import type { QuarantineFilter } from '../../shared/ports/quarantine-records.ts';

export interface ReplayOptions {
  readonly filter?: QuarantineFilter;
  readonly dryRun?: boolean;
  readonly limit?: number;
  readonly rate?: number;
}

/** What a run came to, as `edi replay` tells it. */
export interface ReplaySummary {
  readonly replayed: number;
  readonly replayedBefore: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** Runs a replay to its end. Rejects where another run holds the lease, or takes this one over. */
export async function replayToEnd(ports: ReplayPorts, options: ReplayOptions = {}): Promise<ReplaySummary> {
  const { filter = {}, dryRun = false, ...rest } = options;
  const begun = await makeReplay(ports)({ kind: 'new', request: { filter, dryRun, ...rest } });
  if (begun.kind !== 'begun') throw new Error(`the run did not begin: ${begun.kind}`);
  let { totals } = begun.run;
  const work = begun.work(() => false);
  for (let step = await work.next(); ; step = await work.next()) {
    if (!step.done) totals = step.value.totals;
    else if (step.value === 'done') break;
    else throw new Error(`the run ended with ${step.value}`);
  }
  return { replayed: totals.replayed, replayedBefore: totals.replayedBefore, refused: totals.stay };
}
