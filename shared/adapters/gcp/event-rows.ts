import { isJsonObject, type JsonObject, parseJson } from '../../event/json.ts';
import type { EventRows } from '../../ports/event-rows.ts';
import type { BigQueryOptions } from './bigquery-client.ts';
import { makeBigQueryPages } from './bigquery-pages.ts';

export interface BigQueryEventRowsOptions extends BigQueryOptions {
  readonly dataset: string;
  /** Rows of one answer; BigQuery cuts it at 10 MB before. Default 500. */
  readonly maxPageRows?: number;
  /** BigQuery ends a query that takes longer. Default 900,000. */
  readonly jobTimeoutMillis?: number;
}

/** As our names of datasets and tables are; whatever else is in the dataset is no table of ours. */
const plainName = /^\w+$/;

/**
 * The tables of events in BigQuery. Each question reads the whole table and is billed for it: it names a time, which tables may
 * ask for (`require_partition_filter`), and that is any.
 */
export function createBigQueryEventRows(options: BigQueryEventRowsOptions): EventRows {
  const { dataset, maxPageRows = 500, jobTimeoutMillis = 900_000, ...client } = options;
  const bounds = { job: 'export-subject', dependency: 'event-rows', maxPageRows, jobTimeoutMillis } as const;
  const ask = makeBigQueryPages<JsonObject>({ ...client, ...bounds });
  const nameOf = (table: string) => `\`${client.projectId}.${dataset}.${table}\``;

  return {
    async tables() {
      const named: string[] = [];
      const query = `SELECT table_name FROM ${nameOf('INFORMATION_SCHEMA.TABLES')} WHERE table_type = 'BASE TABLE' ORDER BY table_name`;
      for await (const rows of ask(query)) named.push(...rows.map(({ table_name }) => String(table_name)));
      return named.filter((name) => plainName.test(name));
    },
    async *holding(table, beginning) {
      const text = 'TO_JSON_STRING(stored)';
      const query =
        `SELECT ${text} AS text FROM ${nameOf(table)} AS stored ` +
        `WHERE stored.event_time >= TIMESTAMP('0001-01-01T00:00:00Z') AND STRPOS(${text}, '"${beginning}') > 0`;
      for await (const rows of ask(query)) {
        const read = rows.map(({ text: json }) => parseJson(String(json))).filter((row) => isJsonObject(row));
        if (read.length > 0) yield read;
      }
    },
  };
}
