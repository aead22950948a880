import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { duckDbSpelling, expiredQuarantineQuery } from '../expired-losses.ts';
import { datasets, lossRecordsTable, replayedTable } from '../naming.ts';

const intervalMillis = 6 * 3_600_000;
const limits = { maxRows: 10_000, timeoutMillis: 60_000 };

export interface ExpiryCountOptions {
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Counts what quarantine no longer keeps as lost, now and every six hours: what a scheduled query does in the cloud. */
export function startExpiryCount({ warehouse, clock, observer }: ExpiryCountOptions): { stop(): Promise<void> } {
  let stopped = false;
  let cancel = () => {};
  let running = run();

  async function countSome(): Promise<number> {
    const query = expiredQuarantineQuery({ spelling: duckDbSpelling(clock.nowMillis()), replayedTable });
    const found = await runReadOnlyQuery(warehouse, query, limits);
    if (found.kind === 'refused') throw new Unavailable('warehouse', found.reason);
    const { columns, rows } = found;
    const texts = rows.map((row) => JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]]))));
    await warehouse.append({ schema: datasets.operations, table: lossRecordsTable }, texts);
    const eventsAt = columns.findIndex(({ name }) => name === 'events');
    observer.count(
      'lost',
      rows.reduce((sum, row) => sum + Number(row[eventsAt]), 0),
      'quarantine-expired',
    );
    return rows.length;
  }

  async function run(): Promise<void> {
    try {
      while (!stopped && (await countSome()) >= limits.maxRows);
    } catch (error) {
      observer.log('ERROR', 'what quarantine no longer keeps could not be counted', describeError(error));
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
