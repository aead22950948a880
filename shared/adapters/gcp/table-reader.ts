import type { BigQuery, TableField } from '@google-cloud/bigquery';
import type { TableColumn, TableReader } from '../../ports/table-reader.ts';
import { emulatorChannel } from './emulator-channel.ts';
import { errorCode, toUnavailable } from './unavailable.ts';

export interface BigQueryTableReaderOptions {
  readonly projectId: string;
  /** Another server of BigQuery's API, `http://host:port`, asked without credentials (emulators, tests). */
  readonly apiEndpoint?: string;
  /** Longest wait for one answer. Default 20,000. */
  readonly requestTimeoutMillis?: number;
  /** Attempts after the first. Default 3. */
  readonly maxRetries?: number;
}

const httpNotFound = 404;
/** The API answers with legacy names (REST reference, "TableFieldSchema"). */
const standardTypes: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  STRUCT: 'RECORD',
};

/** Reads columns with BigQuery's tables.get; the client is loaded with the first request. */
export function createBigQueryTableReader(options: BigQueryTableReaderOptions): TableReader {
  let opened: Promise<BigQuery> | undefined;
  return {
    async columns(dataset, table) {
      try {
        opened ??= connect(options);
        const [metadata] = await (await opened).dataset(dataset).table(table).getMetadata();
        return columnsOf(metadata.schema?.fields ?? []);
      } catch (error) {
        if (errorCode(error) === httpNotFound) return undefined;
        throw toUnavailable('table-reader', 'BigQuery', error);
      }
    },
  };
}

async function connect(options: BigQueryTableReaderOptions): Promise<BigQuery> {
  const { projectId, apiEndpoint, requestTimeoutMillis = 20_000, maxRetries = 3 } = options;
  const { BigQuery: Client } = await import('@google-cloud/bigquery');
  const bounds = { timeout: requestTimeoutMillis, retryOptions: { autoRetry: maxRetries > 0, maxRetries } };
  if (apiEndpoint === undefined) return new Client({ projectId, ...bounds });
  const { authClient } = await emulatorChannel(new URL(apiEndpoint).host);
  return new Client({ projectId, apiEndpoint, authClient, ...bounds });
}

function columnsOf(fields: readonly TableField[]): TableColumn[] {
  return fields.map(({ name = '', type = '', mode, fields: nested }) => {
    const upperType = type.toUpperCase();
    return {
      name,
      type: standardTypes[upperType] ?? upperType,
      mode: mode === 'REQUIRED' || mode === 'REPEATED' ? mode : 'NULLABLE',
      ...(nested === undefined ? {} : { fields: columnsOf(nested) }),
    };
  });
}
