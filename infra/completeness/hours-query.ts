import { heartbeatSdk } from '../../shared/event-types/heartbeat.ts';
import { datasets } from '../naming.ts';
import type { Dialect } from './dialect.ts';
import { rowsOf, type TypesRead } from './rows-of-types.ts';
import { completenessHours } from './tables.ts';

interface HoursQuestion {
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

/**
 * Hours whose heartbeat is in its type's table and that have no marker yet: their markers. The heartbeat of an hour was
 * sent after it, through the same door and stages into the same table, so what that region acknowledged in the hour has
 * had its turn. `events` are the rows of those received in it.
 */
export function hourMarkersQuery({ dialect, types, hours, asOf }: HoursQuestion): string {
  const { hourOf, table } = dialect;
  const first = `${hourOf(asOf)} - INTERVAL ${hours} HOUR`;
  const rows = (condition: string, from: string) =>
    rowsOf(types, {
      dialect,
      dataset: datasets.raw,
      columns: ['ingest_region', 'event_time', 'received_time', 'row_time'],
      where: `event_time >= ${from} AND event_time < ${asOf} + INTERVAL ${maxAheadHours} HOUR AND ${condition}`,
    });
  const older = `${hourOf(asOf)} - INTERVAL ${hours + maxEventAgeHours} HOUR`;
  return `WITH beats AS (
SELECT type, ingest_region AS region, event_time - INTERVAL 1 HOUR AS hour, MIN(row_time) AS heartbeat_time FROM (
${rows(`sdk = '${heartbeatSdk}'`, first)}
) AS heartbeats WHERE ingest_region IS NOT NULL GROUP BY type, ingest_region, event_time
), counts AS (
SELECT type, ingest_region AS region, ${hourOf('received_time')} AS hour, COUNT(*) AS events FROM (
${rows(`sdk != '${heartbeatSdk}' AND received_time >= ${first}`, older)}
) AS others WHERE ingest_region IS NOT NULL GROUP BY type, ingest_region, ${hourOf('received_time')}
)
SELECT beats.hour AS hour, beats.type AS type, beats.region AS region,
  IF(COALESCE(counts.events, 0) > 0, 'complete', 'empty') AS state, COALESCE(counts.events, 0) AS events,
  beats.heartbeat_time AS heartbeat_time, ${asOf} AS marked_time
FROM beats LEFT JOIN counts ON counts.type = beats.type AND counts.region = beats.region AND counts.hour = beats.hour
WHERE beats.hour >= ${first} AND beats.hour < ${hourOf(asOf)} AND NOT EXISTS (
  SELECT 1 FROM ${table(datasets.operations, completenessHours)} AS marked
  WHERE marked.type = beats.type AND marked.region = beats.region AND marked.hour = beats.hour
)`;
}

/** How long after an hour's end its heartbeat is late and not yet missed: two more are sent, an hour apart. Default 150. */
export const defaultHourSettings = { graceMinutes: 150 };

/** A week: markers are looked for so far back. */
export const maxStateHours = 168;

interface StatesQuestion {
  readonly dialect: Dialect;
  /** Beside those that have markers. */
  readonly types: readonly string[];
  readonly regions: readonly string[];
  readonly hours: number;
  readonly asOf: string;
  /** After the end of an hour: so long its heartbeat is late, and no more. */
  readonly graceMinutes: number;
}

/**
 * The state of each of the last ended hours, for every type and region: `complete` or `empty` as its marker says; else
 * `late` while the heartbeat may still come, and then `broken`.
 */
export function hourStatesQuery(question: StatesQuestion): string {
  const { dialect, types, regions, hours, asOf, graceMinutes } = question;
  const { hourOf, table, texts } = dialect;
  const markers = table(datasets.operations, completenessHours);
  const first = `${hourOf(asOf)} - INTERVAL ${hours} HOUR`;
  return `WITH kinds AS (
SELECT type FROM ${texts(types, 'type', 'declared')}
UNION ALL SELECT type FROM ${markers} WHERE hour >= ${first}
), places AS (
SELECT region FROM ${texts(regions, 'region', 'declared')}
UNION ALL SELECT region FROM ${markers} WHERE hour >= ${first}
), wanted AS (
SELECT DISTINCT hour_of_spine AS hour, type, region
FROM kinds CROSS JOIN places CROSS JOIN ${dialect.hours(first, `${hourOf(asOf)} - INTERVAL 1 HOUR`, 'spine')}
), marked AS (
SELECT hour, type, region, MIN(state) AS state, MAX(events) AS events, MIN(marked_time) AS marked_time
FROM ${markers} WHERE hour >= ${first} GROUP BY hour, type, region
)
SELECT wanted.hour AS hour, wanted.type AS type, wanted.region AS region,
  COALESCE(marked.state, IF(wanted.hour + INTERVAL ${60 + graceMinutes} MINUTE > ${asOf}, 'late', 'broken')) AS state,
  marked.events AS events, marked.marked_time AS marked_time
FROM wanted LEFT JOIN marked
  ON marked.hour = wanted.hour AND marked.type = wanted.type AND marked.region = wanted.region`;
}
