import { makeQuarantineRecords } from '../../shared/adapters/embedded/duckdb/quarantine-records.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { defaultEventLimits } from '../../shared/event-types/check-event.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { QuarantineFilter, QuarantineGroup } from '../../shared/ports/quarantine-records.ts';
import { makeReplay, type ReplayRequest, type ReplayResult } from '../../shared/quarantine/replay.ts';
import { datasets, quarantineTable, topics } from '../naming.ts';
import type { LocalStorage } from './local-storage.ts';

interface ListedQuarantine extends QuarantineGroup {
  /** Of the records: how many were replayed. They stay in the table. */
  readonly replayed: number;
}

/** What operators do with the quarantine of a local deployment. All calls reject with `Unavailable`. */
export interface LocalQuarantine {
  list(filter: Partial<QuarantineFilter>): Promise<ListedQuarantine[]>;
  /** Replays a bounded number of records; the answer says where to go on. */
  replay(request: ReplayRequest): Promise<ReplayResult>;
  /** Events replayed since the start. */
  replayedCount(): number;
}

/** One call of the operator endpoint reads this many records at most, so that it answers within seconds. */
const maxRecords = 1_000;
const maxPageSeals = 100;

export function makeLocalQuarantine(storage: LocalStorage, observer: Observer): LocalQuarantine {
  const { warehouse, replayMarks: marks, databases, publisher, secrets } = storage;
  const records = makeQuarantineRecords({ warehouse, table: `${datasets.operations}.${quarantineTable}` });
  const replay = makeReplay({
    records,
    marks,
    publisher,
    eventTypes: makeEventTypes({ registry: databases.registry, clock: systemClock }),
    receivedTopic: topics.received,
    privateKey: secrets.quarantinePrivateKey,
    clock: systemClock,
    observer,
    config: { ...defaultEventLimits, maxRecords, maxPageSeals },
  });
  let replayed = 0;
  return {
    async list(filter) {
      const [groups, counts] = await Promise.all([records.groups(filter), marks.counts()]);
      return groups.map((group) => ({
        ...group,
        replayed: counts.find(({ reason, type }) => reason === group.reason && type === group.type)?.records ?? 0,
      }));
    },
    async replay(request) {
      const result = await replay(request);
      if (!request.dryRun) replayed += result.replayed;
      return result;
    },
    replayedCount: () => replayed,
  };
}
