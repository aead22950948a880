import type { BigQuery } from '@google-cloud/bigquery';
import type {
  StatementDialect,
  StatementOutcome,
  StatementValue,
  TableStatement,
  TableStatements,
} from '../../ports/table-statements.ts';
import { type BigQueryOptions, openBigQuery } from './bigquery-client.ts';
import { errorCode, toUnavailable } from './unavailable.ts';

export interface BigQueryStatementsOptions extends BigQueryOptions {
  /** Labels the jobs. */
  readonly job: string;
  /** BigQuery ends a statement that takes longer, and changes nothing. Default 240,000. */
  readonly jobTimeoutMillis?: number;
}

const plainName = /^\w+$/;

/** GoogleSQL for the tables of a project. */
function googleStatements(projectId: string): StatementDialect {
  return {
    engine: 'bigquery',
    table(dataset, table) {
      if (!plainName.test(dataset) || !plainName.test(table)) throw new TypeError('no name of a table of ours');
      return `\`${projectId}.${dataset}.${table}\``;
    },
    parameter: (name) => `@${name}`,
    texts: (name) => `SELECT JSON_VALUE(item) AS one FROM UNNEST(JSON_QUERY_ARRAY(@${name})) AS item`,
    timestamp: (expression) => `TIMESTAMP(${expression})`,
    millis: (expression) => `UNIX_MILLIS(${expression})`,
  };
}

/**
 * Statements in BigQuery, each a query job. Rows that came by a BigQuery subscription (Storage Write API) can be changed at
 * once; where BigQuery says that they cannot yet, or that others have changed the table meanwhile, it is `busy` ("Transform
 * data with DML", product documentation).
 */
export function createBigQueryStatements(options: BigQueryStatementsOptions): TableStatements {
  const { job: label, jobTimeoutMillis = 240_000, ...client } = options;
  const dialect = googleStatements(client.projectId);
  let opened: Promise<BigQuery> | undefined;

  async function run(statement: TableStatement, isChange: boolean): Promise<StatementOutcome> {
    try {
      opened ??= openBigQuery(client);
      const params: Record<string, StatementValue> = { ...statement.parameters };
      const [job] = await (await opened).createQueryJob({
        query: statement.sql(dialect),
        params,
        useLegacySql: false,
        jobTimeoutMs: jobTimeoutMillis,
        labels: { system: 'edi', job: label },
      });
      const [rows] = await job.getQueryResults({ autoPaginate: false, maxResults: 1 });
      if (!isChange) return { kind: 'done', rows: Number(Object.values(rows[0] ?? {})[0] ?? 0) };
      const [{ statistics }] = await job.getMetadata();
      return { kind: 'done', rows: Number(statistics?.query?.numDmlAffectedRows ?? 0) };
    } catch (error) {
      const known = outcomeOf(error);
      if (known !== undefined) return known;
      throw toUnavailable('table-statements', 'BigQuery', error);
    }
  }

  async function bytesOf(statement: TableStatement): Promise<number | undefined> {
    try {
      opened ??= openBigQuery(client);
      const params: Record<string, StatementValue> = { ...statement.parameters };
      const query = { query: statement.sql(dialect), params, useLegacySql: false, dryRun: true };
      const [{ metadata }] = await (await opened).createQueryJob(query);
      const bytes = Number(metadata?.statistics?.totalBytesProcessed);
      return Number.isFinite(bytes) ? bytes : undefined;
    } catch (error) {
      if (outcomeOf(error) !== undefined) return undefined;
      throw toUnavailable('table-statements', 'BigQuery', error);
    }
  }

  return { change: (statement) => run(statement, true), count: (statement) => run(statement, false), bytesOf };
}

/** BigQuery says both in words alone ("Error messages", product documentation). */
const busyMessages = /streaming buffer|could not serialize access|too many DML statements/i;

function outcomeOf(error: unknown): StatementOutcome | undefined {
  if (errorCode(error) === 404) return { kind: 'no-table' };
  return error instanceof Error && busyMessages.test(error.message) ? { kind: 'busy' } : undefined;
}
