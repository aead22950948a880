import type { KeyObject } from 'node:crypto';
import type { QuerySource } from '../../shared/adapters/embedded/duckdb/database.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import type { QuarantineFilter, ReplayMarks } from '../../shared/ports/quarantine-records.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import {
  defaultReplayConfig,
  type ReplayReport,
  type ReplayRequest,
  recordId,
  replayQuarantine,
} from '../../shared/quarantine/replay.ts';
import { makeEventTypes } from '../../shared/schema-language/event-types.ts';
import { topics } from '../naming.ts';
import { makeWarehouseQuarantine } from './warehouse-quarantine.ts';

/** Records of one reason and type. */
export interface QuarantineGroup {
  readonly reason: string;
  /** Null where the event named no type, or none that fits the grammar. */
  readonly type: string | null;
  readonly records: number;
  readonly replayed: number;
  readonly oldestMillis: number;
  readonly newestMillis: number;
}

/** What the command line does with the quarantine of a local deployment. */
export interface QuarantineAdmin {
  /** The groups with the most records first. Rejects with `Unavailable`. */
  list(filter: QuarantineFilter): Promise<QuarantineGroup[]>;
  /** Rejects with `Unavailable`. */
  replay(request: ReplayRequest): Promise<ReplayReport>;
}

export interface QuarantineAdminOptions {
  readonly warehouse: QuerySource;
  readonly marks: ReplayMarks;
  readonly registry: Registry;
  readonly publisher: Publisher;
  readonly privateKey: KeyObject;
  readonly observer: Observer;
}

const pageRecords = 1_000;

export function makeQuarantineAdmin(options: QuarantineAdminOptions): QuarantineAdmin {
  const { warehouse, marks, registry, publisher, privateKey, observer } = options;
  const records = makeWarehouseQuarantine(warehouse);
  const eventTypes = makeEventTypes({ registry, clock: systemClock });
  const ports = { records, marks, eventTypes, publisher, privateKey, observer, clock: systemClock };
  // Two runs at once would both read what neither has marked; harmless, but twice the rows.
  let running: Promise<unknown> = Promise.resolve();

  return {
    async list(filter) {
      const groups = new Map<string, QuarantineGroup>();
      const seen = new Set<string>();
      for (let offset = 0; ; ) {
        const page = await records.read(filter, { offset, limit: pageRecords });
        offset += page.length;
        const marked = await marks.marked(page.map(recordId));
        for (const record of page) {
          const id = recordId(record);
          if (seen.has(id)) continue;
          seen.add(id);
          const key = `${record.reason} ${record.type ?? ''}`;
          groups.set(key, joined(groups.get(key), record, marked.has(id)));
        }
        if (page.length < pageRecords) break;
      }
      return [...groups.values()].sort((a, b) => b.records - a.records || (a.reason < b.reason ? -1 : 1));
    },
    replay(request) {
      const next = running.then(() =>
        replayQuarantine({ ...ports, receivedTopic: topics.received }, defaultReplayConfig, request),
      );
      running = next.catch(() => undefined);
      return next;
    },
  };
}

interface GroupedRecord {
  readonly reason: string;
  readonly type?: string;
  readonly receivedAtMillis: number;
}

function joined(group: QuarantineGroup | undefined, record: GroupedRecord, isReplayed: boolean): QuarantineGroup {
  const { reason, type, receivedAtMillis } = record;
  return {
    reason,
    type: type ?? null,
    records: (group?.records ?? 0) + 1,
    replayed: (group?.replayed ?? 0) + (isReplayed ? 1 : 0),
    oldestMillis: Math.min(group?.oldestMillis ?? receivedAtMillis, receivedAtMillis),
    newestMillis: Math.max(group?.newestMillis ?? receivedAtMillis, receivedAtMillis),
  };
}
