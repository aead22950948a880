import type { LossReason } from '../shared/outcome/outcome.ts';
import { quarantineViewQuery } from '../shared/quarantine/quarantine-sql.ts';
import { datasets, lossRecordsTable, quarantineTable, replayedTable } from './naming.ts';
import { quarantineRetentionDays } from './operations.ts';
import { smokeType } from './smoke-type.ts';
import type { Dialect } from './sql-dialect.ts';

/** Of the scheduled query that counts what expires; its failures tell operators of losses. */
export const expiryQueryName = 'EDI: losses';

/** Of the queries that count what expires: more often than a day, so that one that failed is made good before its end. */
export const expirySchedule = 'every 6 hours';

export interface ExpiredQuestion {
  readonly dialect: Dialect;
  /** An expression: the instant that counts as now. */
  readonly asOf: string;
}

/**
 * Rows of `loss_records` of the quarantined events that go within a day: kept for as long as quarantine keeps, sent again
 * by nobody, and replayed by nobody; without those of smoke tests, which were sent to be refused. Of several attempts at one
 * event the newest counts: no replay takes an older one, and the event may be delivered. A partition goes when its day is as
 * old as the retention, so they are counted on the last day before, as often as this runs, and not again where they are
 * counted already.
 */
export function expiredQuarantineQuery({ dialect, asOf }: ExpiredQuestion): string {
  const { table, dayOf } = dialect;
  const own = (name: string) => table(datasets.operations, name);
  const without = (name: string, column: string, value: string) =>
    `  AND NOT EXISTS (SELECT 1 FROM ${own(name)} AS other WHERE other.${column} = ${value})`;
  const key = "CONCAT('quarantine:', record_key)";
  return [
    `SELECT ${key} AS loss_key, ${asOf} AS recorded_time, ${dayOf('received')} AS day, stage,`,
    "  'quarantine-expired' AS reason, type, sdk, events",
    'FROM (',
    '  SELECT record_key, MIN(received_time) AS received, MAX(kept_time) AS kept, MAX(stage) AS stage,',
    '    MAX(type) AS type, MAX(sdk) AS sdk, MAX(events) AS events',
    `  FROM ${own(quarantineTable)} GROUP BY record_key`,
    ') AS records',
    `WHERE ${dayOf('kept')} <= ${dayOf(asOf)} - ${quarantineRetentionDays - 1} AND COALESCE(type, '') != '${smokeType}'`,
    without(lossRecordsTable, 'loss_key', key),
    without(replayedTable, 'record_key', 'records.record_key'),
    `  AND record_key NOT IN (SELECT record_key FROM (${quarantineViewQuery(own(quarantineTable))}) WHERE superseded)`,
  ].join('\n');
}

/** Losses that are wanted: an erasure drops what was still on its way, an objection what is received during it. */
const onPurpose: readonly LossReason[] = ['erased', 'objected'];

/**
 * The script of BigQuery that counts them and then fails where anything was counted today that nobody wanted to go, so that
 * somebody is told.
 */
export function expiredQuarantineScript(question: ExpiredQuestion): string {
  const { table, dayOf } = question.dialect;
  const losses = table(datasets.operations, lossRecordsTable);
  const wanted = `reason NOT IN (${onPurpose.map((reason) => `'${reason}'`).join(', ')})`;
  return `INSERT INTO ${losses} (loss_key, recorded_time, day, stage, reason, type, sdk, events)
${expiredQuarantineQuery(question)};
ASSERT NOT EXISTS (
  SELECT 1 FROM ${losses} WHERE ${dayOf('recorded_time')} = ${dayOf(question.asOf)} AND ${wanted}
) AS 'acknowledged events are lost: operations.losses has how many';
`;
}
