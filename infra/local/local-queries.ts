import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { type QueryBounds, refusal, runQueryProcess } from './query-process.ts';

/** Queries of people, on what is in the tables now. */
export interface LocalQueries {
  /** The answer as `runQueryProcess` gives it. Rejects with `Unavailable` when the tables cannot be copied. */
  run(sql: string, bounds: QueryBounds, signal: AbortSignal): Promise<Buffer>;
  /** Ends those that run. */
  close(): Promise<void>;
}

/** Queries that run at the same time; others are refused. */
const maxRunningQueries = 2;

/**
 * Each query runs in a process of its own on a copy of the tables, because only one process may open a file that is
 * written: whatever a query does, this process and its writes go on. Copies are below `<data folder>/queries` and are
 * gone with the query; what a killed process has left is removed here.
 */
export function makeLocalQueries(warehouse: Pick<Warehouse, 'copyInto'>, dataFolder: string): LocalQueries {
  const copies = join(dataFolder, 'queries');
  rmSync(copies, { recursive: true, force: true });
  const closing = new AbortController();
  const running = new Set<Promise<Buffer>>();

  async function runOnCopy(sql: string, bounds: QueryBounds, signal: AbortSignal): Promise<Buffer> {
    mkdirSync(copies, { recursive: true, mode: 0o700 });
    const folder = mkdtempSync(join(copies, 'query-'));
    try {
      const path = await warehouse.copyInto(folder);
      return await runQueryProcess({ path, sql, bounds, signal });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    async run(sql, bounds, signal) {
      if (running.size >= maxRunningQueries) {
        return refusal('as many queries as allowed are running: try again when one has ended');
      }
      const answer = runOnCopy(sql, bounds, AbortSignal.any([signal, closing.signal]));
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}
