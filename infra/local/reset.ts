import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import type { EmbeddedStorage } from '../../shared/adapters/embedded/storage.ts';
import { firstLineOf } from '../../shared/http/line.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { datasets, quarantinedSubjectsTable, tableSubscription, unfitRowsSubscription } from '../naming.ts';
import type { LocalStatus } from './local-deployment.ts';

export interface ResetParts {
  readonly storage: Pick<EmbeddedStorage, 'bus' | 'warehouse' | 'databases' | 'clock'>;
  readonly status: () => LocalStatus;
  /** Has counts in memory begin anew. */
  readonly forget: () => void;
}

/** What is on its way is waited for so long; what is left then goes. */
const maxDrainMillis = 5_000;
const drainPollMillis = 20;
const limits = { maxRows: 100_000, timeoutMillis: 10_000 } as const;

/**
 * Empties a local deployment while it runs: every table, what waits for them, the quarantine and its replays, and the claims,
 * so that an event that was sent before is new again. Schemas, write keys, people's keys and erasures stay. What is sent
 * meanwhile may be there afterwards, or not.
 */
export function makeReset({ storage, status, forget }: ResetParts): () => Promise<void> {
  const { bus, warehouse, databases, clock } = storage;
  let running: Promise<void> | undefined;

  async function reset(): Promise<void> {
    const endMillis = clock.nowMillis() + maxDrainMillis;
    while (status().backlog > 0 && clock.nowMillis() < endMillis) {
      await new Promise<void>((resolve) => clock.after(drainPollMillis, resolve));
    }
    // In the order of an event's walk, so that what a stage still publishes goes with the next.
    for (const { subscription } of bus.stats()) if (isOfEvents(subscription)) await bus.purge(subscription);
    await databases.claims.clear();
    await databases.replays.clear();
    for (const table of await filledTables()) await warehouse.change(`DELETE FROM ${table}`, {});
    forget();
  }

  /** Our own names, which need no quoting. */
  async function filledTables(): Promise<string[]> {
    const outcome = await runReadOnlyQuery(warehouse, tablesSql, limits);
    if (outcome.kind === 'refused') throw new Unavailable('warehouse', 'the tables could not be listed: try again');
    return outcome.rows.map(([schema, table]) => `${schema}.${table}`);
  }

  return () => {
    running ??= reset().finally(() => {
      running = undefined;
    });
    return running;
  };
}

const tablesSql = `SELECT schema_name, table_name FROM duckdb_tables()
  WHERE schema_name IN ('${datasets.raw}', '${datasets.operations}')
  OR (schema_name = '${datasets.erasure}' AND table_name = '${quarantinedSubjectsTable}')`;

/** Not the uploads of schemas and legacy files, whose readers have not seen them then. */
function isOfEvents(subscription: string): boolean {
  const first = firstLineOf(subscription);
  const isTable = first.startsWith(tableSubscription('')) || first.startsWith(unfitRowsSubscription(''));
  return isTable || first === 'dedup' || first === 'pseudonymize';
}
