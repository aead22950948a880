import { heartbeatSdk } from '../../shared/sdks/heartbeat.ts';
import { datasets } from '../naming.ts';
import type { Dialect } from '../sql-dialect.ts';
import { rowsOf, type TypesRead, withEarlyRows } from './rows-of-types.ts';

export interface RecentQuestion {
  readonly dialect: Dialect;
  readonly types: TypesRead;
  /** Ended hours that are looked at, back from `asOf`. */
  readonly hours: number;
  /** SQL of the instant that the answer is as of. */
  readonly asOf: string;
}

/** Of an hour's events those are counted whose own time is at most so old, or ahead: a table is read by its days. */
const maxEventAgeHours = 24;
const maxAheadHours = 24;
const freshHours = 24;

/** The first of the hours. */
export function firstHour({ dialect, hours, asOf }: Omit<RecentQuestion, 'types'>): string {
  return `${dialect.hourOf(asOf)} - INTERVAL ${hours} HOUR`;
}

/**
 * What markers and freshness are made of, in one reading of the tables, which is what BigQuery bills: a row for each type,
 * region and hour of receipt (of a heartbeat the hour that it was sent after) with `events` and `heartbeat_time`, and a
 * row for each type and region (`is_total` is 1) with what `freshness-query.ts` takes.
 */
export function recentQuery(question: RecentQuestion): string {
  const { dialect, types, hours, asOf } = question;
  const { hourOf, micros, percentile } = dialect;
  const first = firstHour(question);
  const isFresh = `is_event AND received_time >= ${asOf} - INTERVAL ${freshHours} HOUR AND event_time >= ${asOf} - INTERVAL ${freshHours} HOUR AND row_time IS NOT NULL`;
  const seconds = `IF(is_fresh, (${micros('row_time')} - ${micros('received_time')}) / 1000000, NULL)`;
  return `SELECT type, region, hour, GROUPING(hour) AS is_total,
  COUNTIF(is_event AND is_near AND received_time >= ${first}) AS events,
  MIN(IF(is_event OR NOT is_near, NULL, row_time)) AS heartbeat_time,
  MAX(IF(is_fresh, received_time, NULL)) AS newest_received, MAX(IF(is_fresh, row_time, NULL)) AS newest_row,
  COUNTIF(is_fresh) AS row_count, ${percentile(seconds, 50)} AS p50_seconds, ${percentile(seconds, 99)} AS p99_seconds
FROM (
SELECT *, ${isFresh} AS is_fresh, event_time < ${asOf} + INTERVAL ${maxAheadHours} HOUR AS is_near,
  IF(is_event, ${hourOf('received_time')}, event_time - INTERVAL 1 HOUR) AS hour
FROM (
SELECT type, ingest_region AS region, event_time, received_time, row_time, sdk != '${heartbeatSdk}' AS is_event FROM (
${rowsOf(withEarlyRows(types), {
  dialect,
  dataset: datasets.raw,
  columns: ['sdk', 'ingest_region', 'event_time', 'received_time', 'row_time'],
  where: `event_time >= ${hourOf(asOf)} - INTERVAL ${hours + maxEventAgeHours} HOUR`,
})}
) AS stored
) AS told
) AS judged
GROUP BY GROUPING SETS ((type, region, hour), (type, region))`;
}
