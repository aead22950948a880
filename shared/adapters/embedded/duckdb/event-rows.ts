import type { DuckDBConnection } from '@duckdb/node-api';
import type { JsonObject } from '../../../event/json.ts';
import type { EventRows } from '../../../ports/event-rows.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import { quoteTable } from './columns.ts';
import type { QuerySource } from './database.ts';
import { errorWithoutValues } from './errors.ts';
import { jsonOf } from './result-values.ts';

export interface EventRowsOptions {
  readonly warehouse: QuerySource;
  readonly dataset: string;
  /** Rows of one page. Default 500. */
  readonly maxPageRows?: number;
}

/** The tables of events in DuckDB. An answer is read as it comes, in one transaction: what is written meanwhile waits for nobody. */
export function makeEventRows({ warehouse, dataset, maxPageRows = 500 }: EventRowsOptions): EventRows {
  async function* ask(sql: string): AsyncGenerator<readonly JsonObject[]> {
    const lease = await warehouse.leaseQuery();
    if (lease === undefined) throw new Unavailable('event-rows', 'as many queries as allowed are running: try again');
    try {
      yield* pagesOf(lease.connection, sql, maxPageRows);
    } catch (error) {
      throw new Unavailable('event-rows', `the tables could not be read: ${errorWithoutValues(error)}`);
    } finally {
      lease.release();
    }
  }

  return {
    async tables() {
      const names: string[] = [];
      const sql = `SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = '${dataset}' ORDER BY table_name`;
      for await (const rows of ask(sql)) names.push(...rows.map(({ table_name }) => String(table_name)));
      return names;
    },
    holding(table, beginning) {
      const name = quoteTable({ schema: dataset, table });
      return ask(`SELECT * FROM ${name} AS stored WHERE contains(CAST(to_json(stored) AS VARCHAR), '"${beginning}')`);
    },
  };
}

async function* pagesOf(connection: DuckDBConnection, sql: string, maxPageRows: number) {
  const result = await connection.stream(sql);
  const [names, types] = [result.columnNames(), result.columnTypes()];
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let from = 0; from < chunk.rowCount; from += maxPageRows) {
      const page: JsonObject[] = [];
      for (let at = from; at < Math.min(chunk.rowCount, from + maxPageRows); at += 1) {
        const values = chunk.getRowValues(at).map((value, column) => {
          const type = types[column];
          return [names[column] ?? '', type === undefined ? null : jsonOf(value, type)] as const;
        });
        page.push(Object.fromEntries(values));
      }
      yield page;
    }
  }
}
