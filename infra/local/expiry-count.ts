import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { asObject } from '../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { LossReason } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type { TypesRead } from '../completeness/rows-of-types.ts';
import { expiredQuarantineQuery } from '../expired-losses.ts';
import { expiredRowsQuery } from '../expired-rows.ts';
import { expiredValuesUpdates, expiringValues } from '../expired-values.ts';
import { datasets, lossRecordsTable } from '../naming.ts';
import { duckDb } from '../sql-dialect.ts';

const intervalMillis = 6 * 3_600_000;
const limits = { maxRows: 10_000, timeoutMillis: 60_000 };

export interface ExpiryCountOptions {
  readonly warehouse: Warehouse;
  /** Whose types have tables. */
  readonly registry: Pick<Registry, 'read'>;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Counts as lost what quarantine no longer keeps and what the second lines of tables no longer try, and empties values that
 * are kept for fewer days than their rows, now and every six hours: what scheduled queries do in the cloud.
 */
export function startExpiryCount({ warehouse, registry, clock, observer }: ExpiryCountOptions): {
  stop(): Promise<void>;
} {
  let stopped = false;
  let cancel = () => {};
  let running = run();

  async function countSome(reason: LossReason, query: string): Promise<number> {
    const found = await runReadOnlyQuery(warehouse, query, limits);
    if (found.kind === 'refused') throw new Unavailable('warehouse', found.reason);
    const losses = rowObjects(found);
    const texts = losses.map((loss) => JSON.stringify(loss));
    await warehouse.append({ schema: datasets.operations, table: lossRecordsTable }, texts);
    observer.count(
      'lost',
      losses.reduce((sum, { events }) => sum + Number(events), 0),
      reason,
    );
    return losses.length;
  }

  async function emptyValues(asOf: string): Promise<void> {
    for (const expiring of expiringValues(await activeSchemas(registry))) {
      for (const update of expiredValuesUpdates(expiring, asOf)) await warehouse.change(update, {});
    }
  }

  async function countAll(): Promise<void> {
    const question = { dialect: duckDb, asOf: duckDb.timestamp(new Date(clock.nowMillis()).toISOString()) };
    const types = await typesWithTables(registry);
    // All days: what a laptop keeps is read in no time.
    const firstTime = duckDb.timestamp('0001-01-01T00:00:00Z');
    const lastTime = duckDb.timestamp('9999-12-31T23:59:59Z');
    const queries: readonly (readonly [LossReason, string])[] = [
      ['quarantine-expired', expiredQuarantineQuery(question)],
      ['row-expired', expiredRowsQuery({ ...question, types, firstTime, lastTime })],
    ];
    await emptyValues(question.asOf);
    for (const [reason, query] of queries) {
      let counted: number;
      do counted = await countSome(reason, query);
      while (counted >= limits.maxRows && !stopped);
    }
  }

  async function run(): Promise<void> {
    try {
      await countAll();
    } catch (error) {
      observer.log('ERROR', 'what expires could not be counted', describeError(error));
    }
    if (stopped) return;
    cancel = clock.after(intervalMillis, () => {
      running = run();
    });
  }

  return {
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

async function activeSchemas(registry: Pick<Registry, 'read'>): Promise<EventSchema[]> {
  const { revisions } = await readRegistry(registry);
  return revisions.flatMap(({ schema }) => {
    const read = readEventSchema(schema);
    return read.kind === 'schema' ? [read.eventSchema] : [];
  });
}

/** The shared table of alpha, and those of types that have left it. */
async function typesWithTables(registry: Pick<Registry, 'read'>): Promise<TypesRead> {
  const { revisions } = await readRegistry(registry);
  const own = revisions.filter(({ schema }) => asObject(schema['edi'])['stage'] !== 'alpha').map(({ type }) => type);
  return { own: [...new Set(own)], alpha: { allBut: own } };
}
