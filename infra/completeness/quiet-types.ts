import { datasets } from '../naming.ts';
import { type Dialect, quote } from '../sql-dialect.ts';
import { completenessHours } from './tables.ts';

export interface QuietQuestion {
  readonly dialect: Dialect;
  /** An hour is known once all of them have told it. */
  readonly regions: readonly string[];
  readonly asOf: string;
}

/** So many hours in a row without an event, the newest that are known. */
export const quietHours = 3;
/** They are looked for so far back; where heartbeats do not come, nothing is known. */
const newestHours = 6;
/** A type usually has events in an hour when it had at least so many in it before: fewer may be none by chance. */
const usualEvents = 10;
const [days, weeks] = [7, 4];

/**
 * Types that usually have events and have none: `type`, `quiet_since` (an hour), `usual_events` in such an hour. Of each of
 * its newest hours, by the markers of hours, the same hour had events on each of the seven days before, or on the same day of
 * each of the four weeks before, so nights and weekends are no silence. Heartbeats are no events.
 */
export function quietTypesQuery({ dialect, regions, asOf }: QuietQuestion): string {
  const { hourOf, micros, table } = dialect;
  const ago = `CAST((${micros('newest.hour')} - ${micros('past.hour')}) / 3600000000 AS BIGINT)`;
  return `WITH marked AS (
SELECT type, region, hour, MAX(events) AS events
FROM ${table(datasets.operations, completenessHours)}
WHERE hour >= ${hourOf(asOf)} - INTERVAL ${weeks * 168 + newestHours} HOUR AND hour < ${hourOf(asOf)}
GROUP BY type, region, hour
), hours AS (
SELECT type, hour, SUM(events) AS events, COUNTIF(region IN (${regions.map(quote).join(', ')})) AS places
FROM marked GROUP BY type, hour
), newest AS (
SELECT type, hour, events FROM hours
WHERE hour >= ${hourOf(asOf)} - INTERVAL ${newestHours} HOUR AND places = ${regions.length}
QUALIFY ROW_NUMBER() OVER (PARTITION BY type ORDER BY hour DESC) <= ${quietHours}
), compared AS (
SELECT newest.type AS type, newest.hour AS hour, newest.events AS events,
  COUNTIF(${ago} <= ${days * 24} AND past.events >= ${usualEvents}) AS days,
  COUNTIF(MOD(${ago}, 168) = 0 AND past.events >= ${usualEvents}) AS weeks,
  AVG(past.events) AS before
FROM newest JOIN hours AS past ON past.type = newest.type AND past.hour < newest.hour
WHERE MOD(${ago}, 24) = 0 AND ${ago} <= ${weeks * 168}
GROUP BY newest.type, newest.hour, newest.events
)
SELECT type, MIN(hour) AS quiet_since, CAST(FLOOR(AVG(before)) AS BIGINT) AS usual_events
FROM compared
GROUP BY type
HAVING COUNTIF(events = 0 AND (days = ${days} OR weeks = ${weeks})) = ${quietHours}`;
}

/** The script of BigQuery that fails where there are such types, so that somebody is told. */
export function quietTypesScript(question: QuietQuestion): string {
  return `DECLARE quiet STRING;
SET quiet = (SELECT STRING_AGG(type, ', ') FROM (
${quietTypesQuery(question)}
));
IF quiet IS NOT NULL THEN
RAISE USING MESSAGE = CONCAT('types that usually have events have none: ', quiet);
END IF;
`;
}
