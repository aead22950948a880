import { datasets, quarantineTable } from '../naming.ts';
import { lossesView } from '../operations.ts';
import type { Dialect } from '../sql-dialect.ts';
import { isOfTypes, rowsOf, type TypesRead } from './rows-of-types.ts';

export interface CompletenessQuestion {
  readonly dialect: Dialect;
  readonly types: TypesRead;
  /** SQL of the first and the last UTC day wanted. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly lookBackDays: number;
  /** SQL of the instant that the answer is as of. */
  readonly asOf: string;
}

/**
 * Numbers of one source further apart were not sent one after the other: a counter that was set. Bounds what one client
 * can say is missing.
 */
const maxGap = 1_000_000;

const hourMicros = 3_600_000_000;

/**
 * How complete days are: a row for each type, SDK and UTC day of the event's own time, as `completenessColumns` describe
 * it. Of the exact views, so that an event counts once however often it was sent, delivered or replayed.
 *
 * Numbers of a source and type are compared with the next smaller one among the rows from one look-back before the first
 * day to one after the last. What lies between the two is missing, on the day of the larger one. A neighbour whose own
 * time is further away than the look-back does not count: then, and where there is none, the number is a base.
 *
 * What was refused and then replayed is taken off the day of its receipt, on which it was counted as refused: a row of a
 * replay has the time of receipt that its record had.
 */
export function completenessQuery(question: CompletenessQuestion): string {
  const { dialect, firstDay, lastDay, lookBackDays, asOf } = question;
  const { dayOf, startOf, micros } = dialect;
  return `WITH seen AS (
${rowsOf(question.types, {
  dialect,
  dataset: datasets.exact,
  columns: ['sdk', 'source', 'sequence', 'event_key', 'event_time', 'corrected_time', 'received_time', 'replayed'],
  where: `event_time >= ${startOf(`${firstDay} - ${lookBackDays}`)} AND event_time < ${startOf(`${lastDay} + ${lookBackDays + 1}`)}`,
})}
), numbered AS (
SELECT *, sequence IS NOT NULL
    AND ROW_NUMBER() OVER (PARTITION BY type, source, sequence ORDER BY event_time, event_key) = 1 AS is_first
FROM seen
), neighbours AS (
SELECT *, ${dayOf('event_time')} AS day,
  CAST(FLOOR((${micros('received_time')} - ${micros('COALESCE(corrected_time, event_time)')}) / ${hourMicros}) AS BIGINT) AS late_hours,
  LAG(sequence) OVER (PARTITION BY type, source, is_first ORDER BY sequence) AS smaller,
  ${dayOf('LAG(event_time) OVER (PARTITION BY type, source, is_first ORDER BY sequence)')} AS smaller_day,
  LEAD(sequence) OVER (PARTITION BY type, source, is_first ORDER BY sequence) AS larger
FROM numbered
), compared AS (
SELECT *, is_first AND smaller IS NOT NULL AND smaller_day >= day - ${lookBackDays} AND smaller_day <= day + ${lookBackDays} AS is_compared,
  COALESCE(sequence - smaller - 1, 0) AS gap
FROM neighbours
), days AS (
SELECT type, sdk, day, COUNT(*) AS received,
  COUNTIF(late_hours >= 1) AS late_hour, COUNTIF(late_hours >= 24) AS late_day, COUNTIF(late_hours >= 168) AS late_week,
  COUNT(DISTINCT source) AS sources, COUNTIF(sequence IS NULL) AS unnumbered,
  COUNT(DISTINCT IF(sequence IS NULL, source, NULL)) AS unnumbered_sources,
  COUNTIF(is_first AND NOT is_compared) AS bases, COUNTIF(is_first AND larger IS NULL) AS ends,
  COUNTIF(sequence IS NOT NULL AND NOT is_first) AS repeated,
  COUNTIF(is_compared AND gap > ${maxGap}) AS jumps,
  SUM(IF(is_compared AND gap <= ${maxGap}, gap, 0)) AS missing
FROM compared WHERE day BETWEEN ${firstDay} AND ${lastDay} GROUP BY type, sdk, day
), replays AS (
SELECT type, sdk, ${dayOf('received_time')} AS day, COUNT(*) AS replayed FROM seen WHERE replayed GROUP BY type, sdk, day
), refusals AS (
${refusals(question)}
), gone AS (
${losses(question)}
), facts AS (
SELECT type, sdk, day, COALESCE(received, 0) AS received, COALESCE(late_hour, 0) AS late_hour,
  COALESCE(late_day, 0) AS late_day, COALESCE(late_week, 0) AS late_week, COALESCE(sources, 0) AS sources,
  COALESCE(unnumbered, 0) AS unnumbered, COALESCE(unnumbered_sources, 0) AS unnumbered_sources,
  COALESCE(bases, 0) AS bases, COALESCE(ends, 0) AS ends, COALESCE(repeated, 0) AS repeated,
  COALESCE(jumps, 0) AS jumps, COALESCE(missing, 0) AS missing,
  GREATEST(COALESCE(refused, 0) - COALESCE(replayed, 0), 0) AS refused, COALESCE(lost, 0) AS lost
FROM days FULL JOIN refusals USING (type, sdk, day) FULL JOIN gone USING (type, sdk, day)
LEFT JOIN replays USING (type, sdk, day)
), judged AS (
SELECT *, GREATEST(missing - refused - lost, 0) AS unexplained,
  CAST(FLOOR((${micros(asOf)} - ${micros(startOf('day + 1'))}) / ${hourMicros}) AS BIGINT) AS age_hours
FROM facts
), lateness AS (
SELECT type, sdk, late_hours, COUNT(*) AS events FROM compared GROUP BY type, sdk, late_hours
), chances AS (
SELECT judged.type, judged.sdk, judged.day,
  SUM(IF(late_hours >= age_hours, events, 0)) AS later, SUM(IF(late_hours < age_hours, events, 0)) AS sooner
FROM judged JOIN lateness ON judged.type = lateness.type AND judged.sdk = lateness.sdk
GROUP BY judged.type, judged.sdk, judged.day
)
SELECT day, type, sdk, received, late_hour, late_day, late_week, sources, unnumbered, unnumbered_sources, bases, ends,
  repeated, jumps, CAST(missing AS BIGINT) AS missing, CAST(refused AS BIGINT) AS refused, CAST(lost AS BIGINT) AS lost,
  CAST(unexplained AS BIGINT) AS unexplained,
  CAST(CASE
    WHEN age_hours < 0 OR COALESCE(sooner, 0) = 0 THEN unexplained
    WHEN age_hours >= ${lookBackDays * 24} THEN 0
    ELSE LEAST(unexplained, CEIL(received * later / sooner))
  END AS BIGINT) AS may_come, ${asOf} AS computed_time
FROM judged LEFT JOIN chances USING (type, sdk, day)`;
}

/** Refused events, each once, on the day of their receipt: their own time is encrypted. */
function refusals({ dialect, types, firstDay, lastDay }: CompletenessQuestion): string {
  return `SELECT type, COALESCE(sdk, '') AS sdk, day, SUM(events) AS refused FROM (
  SELECT type, sdk, ${dialect.dayOf('received_time')} AS day, events,
    ROW_NUMBER() OVER (PARTITION BY record_key ORDER BY kept_time, received_time) AS copy
  FROM ${dialect.table(datasets.operations, quarantineTable)}
  WHERE kept_time >= ${dialect.startOf(firstDay)} AND ${isOfTypes(types)}
) AS records
WHERE copy = 1 AND day BETWEEN ${firstDay} AND ${lastDay} GROUP BY type, COALESCE(sdk, ''), day`;
}

/** What was acknowledged and is gone: erased, objected, purged, expired. */
function losses({ dialect, types, firstDay, lastDay }: CompletenessQuestion): string {
  return `SELECT type, COALESCE(sdk, '') AS sdk, day, SUM(events) AS lost
FROM ${dialect.table(datasets.operations, lossesView)}
WHERE day BETWEEN ${firstDay} AND ${lastDay} AND ${isOfTypes(types)} GROUP BY type, COALESCE(sdk, ''), day`;
}
