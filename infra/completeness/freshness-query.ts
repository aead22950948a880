import { heartbeatSdk } from '../../shared/event-types/heartbeat.ts';
import { datasets } from '../naming.ts';
import type { Dialect } from './dialect.ts';
import { rowsOf, type TypesRead } from './rows-of-types.ts';

/**
 * How fresh tables are: for each type and region of the events of the last day, the newest receipt and the newest row, and how long it
 * took from a receipt to its row. Heartbeats are left out. A row's time is when pseudonymize made it; that its table then
 * takes it is not measured. A row that was delivered twice counts twice.
 */
export function freshnessQuery(dialect: Dialect, types: TypesRead, asOf: string): string {
  const { micros, percentile } = dialect;
  const seconds = `(${micros('row_time')} - ${micros('received_time')}) / 1000000`;
  return `SELECT type, ingest_region AS region, MAX(received_time) AS newest_received, MAX(row_time) AS newest_row,
  COUNT(*) AS row_count, ${percentile(seconds, 50)} AS p50_seconds, ${percentile(seconds, 99)} AS p99_seconds,
  ${asOf} AS computed_time
FROM (
${rowsOf(types, {
  dialect,
  dataset: datasets.raw,
  columns: ['ingest_region', 'received_time', 'row_time'],
  where: `event_time >= ${asOf} - INTERVAL 24 HOUR AND sdk != '${heartbeatSdk}' AND received_time >= ${asOf} - INTERVAL 24 HOUR AND row_time IS NOT NULL`,
})}
) AS fresh GROUP BY type, ingest_region`;
}
