import { type RecentQuestion, recentQuery } from './recent-query.ts';

/**
 * How fresh tables are: for each type and region of the events of the last day, the newest receipt and the newest row, and how long it
 * took from a receipt to its row. Heartbeats are left out. A row's time is when pseudonymize made it; that its table then
 * takes it is not measured. A row that was delivered twice counts twice.
 */
export function freshnessQuery(question: RecentQuestion): string {
  return `WITH recent AS (\n${recentQuery(question)}\n)\n${freshnessOf('recent', question.asOf)}`;
}

/** The same of a relation that has what `recentQuery` answers. */
export function freshnessOf(recent: string, asOf: string): string {
  return `SELECT type, region, newest_received, newest_row, row_count, p50_seconds, p99_seconds, ${asOf} AS computed_time
FROM ${recent} WHERE is_total = 1 AND row_count > 0`;
}
