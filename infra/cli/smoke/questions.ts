import { tableName } from '../../../shared/event-types/table.ts';
import { freshnessView } from '../../completeness/tables.ts';
import { datasets, quarantineTable } from '../../naming.ts';
import { smokeType } from '../../smoke-type.ts';
import { type Dialect, quote } from '../../sql-dialect.ts';
import { refusalReason } from './events.ts';

const table = tableName(smokeType);
const hourMillis = 3_600_000;

export interface RowsQuestion {
  readonly ids: readonly string[];
  /** The time of the events. */
  readonly timeMillis: number;
}

/** Of each event that has rows in the exact view: how many, whose, and the seconds from receipt to row. */
export function exactRowsQuery(question: RowsQuestion): (dialect: Dialect) => string {
  return (dialect) => `SELECT event_id, COUNT(*) AS copies, MAX(source) AS source, MAX(sdk) AS sdk,
  (MAX(${dialect.micros('row_time')}) - MIN(${dialect.micros('received_time')})) / 1000000 AS seconds
FROM ${dialect.table(datasets.exact, table)} WHERE ${ofEvents(question, dialect)} GROUP BY event_id`;
}

/**
 * Of each event: the receipts of rows that dedup let through unmarked, and those that it marked as possible duplicates. A row
 * that its subscription wrote twice has one receipt.
 */
export function baseRowsQuery(question: RowsQuestion): (dialect: Dialect) => string {
  return (
    dialect,
  ) => `SELECT event_id, COUNT(DISTINCT CASE WHEN NOT possible_duplicate THEN received_time END) AS passed,
  COUNT(CASE WHEN possible_duplicate THEN 1 END) AS marked
FROM ${dialect.table(datasets.raw, table)} WHERE ${ofEvents(question, dialect)} GROUP BY event_id`;
}

/** The filter on time reads one or two days of the table. */
function ofEvents({ ids, timeMillis }: RowsQuestion, { timestamp }: Dialect): string {
  const at = (millis: number) => timestamp(new Date(millis).toISOString());
  const span = `event_time >= ${at(timeMillis - hourMillis)} AND event_time < ${at(timeMillis + hourMillis)}`;
  return `${span} AND event_id IN (${ids.map(quote).join(', ')})`;
}

/** The newest record that smoke tests left in quarantine since the day before. */
export function refusedQuery(startMillis: number): (dialect: Dialect) => string {
  const since = new Date(startMillis - 24 * hourMillis).toISOString();
  return ({ table: nameOf, micros, timestamp }) => `SELECT record_key, ${micros('received_time')} AS received_micros
FROM ${nameOf(datasets.operations, quarantineTable)}
WHERE kept_time >= ${timestamp(since)} AND type = ${quote(smokeType)}
  AND reason = ${quote(refusalReason)} ORDER BY received_time DESC LIMIT 1`;
}

/** The newest answer of how fresh the type's table is; of several regions that of the slowest. */
export function freshnessOfType({ table: nameOf, micros }: Dialect): string {
  const ofType = `FROM ${nameOf(datasets.operations, freshnessView)} WHERE type = ${quote(smokeType)}`;
  return `SELECT MAX(p99_seconds) AS p99_seconds, MAX(${micros('computed_time')}) AS computed_micros, COUNT(*) AS answers
${ofType} AND computed_time = (SELECT MAX(computed_time) ${ofType})`;
}

/**
 * The exact view read whole, and on one day before there were any events. Both have a filter, since BigQuery may be told to
 * refuse a query without one.
 */
export const prunedQueries = {
  whole: ({ table: nameOf, timestamp }: Dialect) =>
    `SELECT event_id FROM ${nameOf(datasets.exact, table)} WHERE event_time >= ${timestamp('2001-01-01T00:00:00Z')}`,
  oneDay: ({ table: nameOf, timestamp }: Dialect) =>
    `SELECT event_id FROM ${nameOf(datasets.exact, table)} WHERE event_time >= ${timestamp('2001-01-01T00:00:00Z')} ` +
    `AND event_time < ${timestamp('2001-01-02T00:00:00Z')}`,
} as const;
