import { datasets } from '../naming.ts';
import { type Dialect, quote } from '../sql-dialect.ts';
import { firstHour, type RecentQuestion, recentQuery } from './recent-query.ts';
import { completenessHours } from './tables.ts';

/**
 * Hours whose heartbeat is in its type's table and that have no marker yet: their markers. The heartbeat of an hour was
 * sent after it, through the same door and stages into the same table, so what that region acknowledged in the hour has
 * had its turn. `events` are the rows of those received in it.
 */
export function hourMarkersQuery(question: RecentQuestion): string {
  return `WITH recent AS (\n${recentQuery(question)}\n)\n${markersOf('recent', question)}`;
}

/** The same of a relation that has what `recentQuery` answers. */
export function markersOf(recent: string, question: Omit<RecentQuestion, 'types'>): string {
  const { dialect, asOf } = question;
  return `SELECT hour, type, region, IF(events > 0, 'complete', 'empty') AS state, events, heartbeat_time, ${asOf} AS marked_time
FROM ${recent} AS beats
WHERE is_total = 0 AND heartbeat_time IS NOT NULL AND region IS NOT NULL
  AND hour >= ${firstHour(question)} AND hour < ${dialect.hourOf(asOf)} AND NOT EXISTS (
  SELECT 1 FROM ${dialect.table(datasets.operations, completenessHours)} AS marked
  WHERE marked.hour >= ${firstHour(question)} AND marked.type = beats.type AND marked.region = beats.region AND marked.hour = beats.hour
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
  /** Of whose hours those are told that have a marker: no heartbeat comes any more. */
  readonly retired: readonly string[];
  /** Likewise of a region that is none of these, and has markers of before. */
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
  const { dialect, types, retired, regions, asOf, graceMinutes } = question;
  const { hourOf, table, texts } = dialect;
  const markers = table(datasets.operations, completenessHours);
  const first = firstHour(question);
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
  ON marked.hour = wanted.hour AND marked.type = wanted.type AND marked.region = wanted.region
WHERE marked.state IS NOT NULL
  OR (wanted.region IN (${regions.map(quote).join(', ')}) AND wanted.type NOT IN (${['', ...retired].map(quote).join(', ')}))`;
}
