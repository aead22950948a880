import type { BigQuery } from '@google-cloud/bigquery';
import type { Dependency } from '../../outcome/outcome.ts';
import { type BigQueryOptions, openBigQuery } from './bigquery-client.ts';
import { toUnavailable } from './unavailable.ts';

interface BigQueryPagesOptions extends BigQueryOptions {
  /** Labels the query. */
  readonly job: string;
  /** What did not answer when BigQuery does not. */
  readonly dependency: Dependency;
  /** Rows of one answer; BigQuery cuts it at 10 MB before ("jobs.getQueryResults", REST reference). */
  readonly maxPageRows: number;
  /** BigQuery ends a query that takes longer. */
  readonly jobTimeoutMillis: number;
}

/** Runs queries and reads their answers a page at a time; the client is loaded with the first. */
export function makeBigQueryPages<Row>(
  options: BigQueryPagesOptions,
): (query: string) => AsyncGenerator<readonly Row[]> {
  const { job: label, dependency, maxPageRows, jobTimeoutMillis, ...client } = options;
  let opened: Promise<BigQuery> | undefined;

  return async function* ask(query) {
    try {
      opened ??= openBigQuery(client);
      const asJob = {
        query,
        useLegacySql: false,
        jobTimeoutMs: jobTimeoutMillis,
        labels: { system: 'edi', job: label },
      };
      const [job] = await (await opened).createQueryJob(asJob);
      for (let pageToken: string | undefined, isMore = true; isMore; ) {
        const asked = { autoPaginate: false, maxResults: maxPageRows, ...(pageToken ? { pageToken } : {}) };
        const [rows, next] = await job.getQueryResults(asked);
        yield rows;
        pageToken = next?.pageToken ?? undefined;
        isMore = pageToken !== undefined;
      }
    } catch (error) {
      throw toUnavailable(dependency, 'BigQuery', error);
    }
  };
}
