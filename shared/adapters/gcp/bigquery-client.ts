import type { BigQuery } from '@google-cloud/bigquery';
import { emulatorChannel } from './emulator-channel.ts';

export interface BigQueryOptions {
  readonly projectId: string;
  /** Another server of BigQuery's API, `http://host:port`, asked without credentials (emulators, tests). */
  readonly apiEndpoint?: string;
  /** Longest wait for one answer. Default 20,000. */
  readonly requestTimeoutMillis?: number;
  /** Attempts after the first. Default 3. */
  readonly maxRetries?: number;
}

/** Opens BigQuery; the client is loaded now. */
export async function openBigQuery(options: BigQueryOptions): Promise<BigQuery> {
  const { projectId, apiEndpoint, requestTimeoutMillis = 20_000, maxRetries = 3 } = options;
  const { BigQuery: Client } = await import('@google-cloud/bigquery');
  const bounds = { timeout: requestTimeoutMillis, retryOptions: { autoRetry: maxRetries > 0, maxRetries } };
  if (apiEndpoint === undefined) return new Client({ projectId, ...bounds });
  const { authClient } = await emulatorChannel(new URL(apiEndpoint).host);
  return new Client({ projectId, apiEndpoint, authClient, ...bounds });
}
