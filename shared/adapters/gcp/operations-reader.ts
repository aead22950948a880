import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { LineBacklog } from '../../ports/operations.ts';
import { authorizedRequest } from './authorized-request.ts';
import { toUnavailable } from './unavailable.ts';

/** What operators read of an environment. All reject with `Unavailable`. */
export interface OperationsReader {
  /** Rows of a GoogleSQL query. */
  query(sql: string): Promise<JsonObject[]>;
  /** The backlogs of subscriptions whose names begin so, as Cloud Monitoring has them: some minutes old. */
  backlogs(prefix: string): Promise<LineBacklog[]>;
}

export interface OperationsReaderOptions {
  readonly projectId: string;
  readonly nowMillis: () => number;
  /** GETs JSON with the operator's credentials. Default: as Google's client libraries find them. */
  readonly getJson?: (url: string) => Promise<JsonValue>;
}

const monitoring = 'https://monitoring.googleapis.com/v3';
const scopes = ['https://www.googleapis.com/auth/monitoring.read'];
/** Metrics of Pub/Sub come every minute, and are minutes late. */
const windowMillis = 15 * 60_000;
const [messagesMetric, ageMetric] = ['num_undelivered_messages', 'oldest_unacked_message_age'];

export function createOperationsReader(options: OperationsReaderOptions): OperationsReader {
  const { projectId, nowMillis, getJson = (url: string) => authorizedRequest(scopes, url) } = options;

  /** The newest value of each subscription. */
  async function newest(metric: string, prefix: string): Promise<Map<string, number>> {
    const end = nowMillis();
    const values = new Map<string, number>();
    let pageToken = '';
    do {
      const parameters = new URLSearchParams({
        filter:
          `metric.type="pubsub.googleapis.com/subscription/${metric}" AND ` +
          `resource.labels.subscription_id=starts_with("${prefix}")`,
        'interval.startTime': new Date(end - windowMillis).toISOString(),
        'interval.endTime': new Date(end).toISOString(),
        ...(pageToken === '' ? {} : { pageToken }),
      });
      const page = asObject(await getJson(`${monitoring}/projects/${projectId}/timeSeries?${parameters}`));
      for (const series of objectsOf(page['timeSeries'])) {
        const name = asObject(asObject(series['resource'])['labels'])['subscription_id'];
        const [point] = objectsOf(series['points']);
        if (typeof name === 'string') values.set(name, Number(asObject(point?.['value'])['int64Value'] ?? 0));
      }
      pageToken = typeof page['nextPageToken'] === 'string' ? page['nextPageToken'] : '';
    } while (pageToken !== '');
    return values;
  }

  return {
    async query(sql) {
      try {
        const { BigQuery: Client } = await import('@google-cloud/bigquery');
        const [rows] = await new Client({ projectId }).query({
          query: sql,
          labels: { system: 'edi', job: 'operators' },
        });
        return rows.map((row: object) => asObject(JSON.parse(JSON.stringify(row))));
      } catch (error) {
        throw toUnavailable('quarantine-table', 'BigQuery', error);
      }
    },
    async backlogs(prefix) {
      try {
        const [messages, ages] = await Promise.all([newest(messagesMetric, prefix), newest(ageMetric, prefix)]);
        return [...messages].map(([subscription, count]) => {
          const oldestSeconds = ages.get(subscription);
          return { subscription, messages: count, ...(count > 0 && oldestSeconds ? { oldestSeconds } : {}) };
        });
      } catch (error) {
        throw toUnavailable('pubsub', 'Cloud Monitoring', error);
      }
    },
  };
}

function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
