import type { QuarantineCursor, QuarantineFilter, QuarantineRecords } from '../../ports/quarantine-records.ts';
import { type AnswerRow, readGroup, readRecord } from '../../quarantine/quarantine-rows.ts';
import { groupsQuery, type QuarantineTables, recordsQuery } from '../../quarantine/quarantine-sql.ts';
import type { BigQueryOptions } from './bigquery-client.ts';
import { makeBigQueryPages } from './bigquery-pages.ts';

export interface BigQueryQuarantineOptions extends BigQueryOptions {
  readonly dataset: string;
  /** Names of the two tables in it. */
  readonly tables: QuarantineTables;
  /** Records of one query, which reads the whole table and is billed for it. Default 50,000. */
  readonly maxQueryRecords?: number;
  /** Rows of one answer; BigQuery cuts it at 10 MB before ("jobs.getQueryResults", REST reference). Default 500. */
  readonly maxPageRecords?: number;
  /** BigQuery ends a query that takes longer. Default 240,000. */
  readonly jobTimeoutMillis?: number;
}

const toMillis = (column: string) => `UNIX_MILLIS(${column})`;
const firstError = 'errors[SAFE_OFFSET(0)]';

/** The quarantine's table in BigQuery. Answers of a query are read a page at a time, so one query serves many pages. */
export function createBigQueryQuarantineRecords(options: BigQueryQuarantineOptions): QuarantineRecords {
  const { maxQueryRecords = 50_000, maxPageRecords = 500, jobTimeoutMillis = 240_000 } = options;
  const nameOf = (table: string) => `\`${options.projectId}.${options.dataset}.${table}\``;
  const tables = { records: nameOf(options.tables.records), replayed: nameOf(options.tables.replayed) };

  const ask = makeBigQueryPages<AnswerRow>({
    ...options,
    job: 'replay',
    dependency: 'quarantine-table',
    maxPageRows: maxPageRecords,
    jobTimeoutMillis,
  });

  async function* read(filter: QuarantineFilter, after?: QuarantineCursor) {
    for (let cursor = after, isMore = true; isMore; ) {
      let count = 0;
      const next = { filter, maxRecords: maxQueryRecords, toMillis, ...(cursor ? { after: cursor } : {}) };
      for await (const rows of ask(recordsQuery(tables.records, next))) {
        const records = rows.map(readRecord);
        const last = records.at(-1);
        if (last === undefined) continue;
        count += records.length;
        cursor = { seal: last.seal, recordKey: last.recordKey };
        yield records;
      }
      isMore = count === maxQueryRecords;
    }
  }

  return {
    async groups(filter) {
      const groups = [];
      for await (const rows of ask(groupsQuery(tables, filter, { toMillis, firstError })))
        groups.push(...rows.map(readGroup));
      return groups;
    },
    read,
  };
}
