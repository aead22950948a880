import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { authorizedRequest } from './authorized-request.ts';
import { toUnavailable } from './unavailable.ts';

/** What shows how a deployment of an environment does its work. All reject with `Unavailable`. */
export interface DeploymentReader {
  /** Bytes that a GoogleSQL query would read; it is not run, and not billed ("jobs.query", `dryRun`). */
  dryRunBytes(sql: string): Promise<number>;
  /** The newest log entry that fits ("entries.list"; "Logging query language"); undefined where none does. */
  newestLog(filter: string): Promise<JsonObject | undefined>;
}

export interface DeploymentReaderOptions {
  readonly projectId: string;
  /** POSTs JSON with the operator's credentials. Default: as Google's client libraries find them. */
  readonly postJson?: (url: string, body: JsonObject) => Promise<JsonValue>;
}

const scopes = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/logging.read'];
/** A page may be empty while the search goes on. */
const maxLogPages = 10;

export function createDeploymentReader({
  projectId,
  postJson = (url, body) => authorizedRequest(scopes, url, body),
}: DeploymentReaderOptions): DeploymentReader {
  return {
    async dryRunBytes(query) {
      const url = `https://bigquery.googleapis.com/bigquery/v2/projects/${projectId}/queries`;
      try {
        const answer = asObject(await postJson(url, { query, useLegacySql: false, dryRun: true }));
        return Number(answer['totalBytesProcessed'] ?? Number.NaN);
      } catch (error) {
        throw toUnavailable('quarantine-table', 'BigQuery', error);
      }
    },
    async newestLog(filter) {
      const asked = { resourceNames: [`projects/${projectId}`], filter, orderBy: 'timestamp desc', pageSize: 1 };
      try {
        let pageToken: JsonValue | undefined;
        for (let page = 1; page <= maxLogPages; page++) {
          const body = { ...asked, ...(pageToken === undefined ? {} : { pageToken }) };
          const answer = asObject(await postJson('https://logging.googleapis.com/v2/entries:list', body));
          const [entry] = Array.isArray(answer['entries']) ? answer['entries'] : [];
          if (isJsonObject(entry)) return entry;
          pageToken = answer['nextPageToken'];
          if (pageToken === undefined || pageToken === '') return undefined;
        }
        return undefined;
      } catch (error) {
        throw toUnavailable('quarantine-table', 'Cloud Logging', error);
      }
    },
  };
}
