import { datasets, lossRecordsTable, quarantineTable } from './naming.ts';
import { quarantineRetentionDays } from './operations.ts';

/** Of the scheduled query that counts what expires; its failures tell operators of losses. */
export const expiryQueryName = 'EDI: losses';

/** What GoogleSQL and DuckDB spell differently; the rest of the statement is one text. */
export interface LossSpelling {
  table(dataset: string, table: string): string;
  /** The UTC day of an instant. */
  dayOf(timestamp: string): string;
  /** The instant that is now, and the UTC day. */
  readonly now: string;
  readonly today: string;
}

export interface ExpiredQuestion {
  readonly spelling: LossSpelling;
  /** Table of the operations' dataset with the `record_key` of what was replayed, where there is one. */
  readonly replayedTable?: string;
}

/**
 * Rows of `loss_records` of the quarantined events that go within a day: kept for as long as quarantine keeps, sent again
 * by nobody, and replayed by nobody. A partition goes when its day is as old as the retention, so they are counted on
 * the last day before, as often as this runs, and not again where they are counted already.
 */
export function expiredQuarantineQuery({ spelling, replayedTable }: ExpiredQuestion): string {
  const { table, dayOf, now, today } = spelling;
  const own = (name: string) => table(datasets.operations, name);
  const without = (name: string, column: string, value: string) =>
    `  AND NOT EXISTS (SELECT 1 FROM ${own(name)} AS other WHERE other.${column} = ${value})`;
  const key = "CONCAT('quarantine:', record_key)";
  return [
    `SELECT ${key} AS loss_key, ${now} AS recorded_time, ${dayOf('received')} AS day, stage,`,
    "  'quarantine-expired' AS reason, type, sdk, events",
    'FROM (',
    '  SELECT record_key, MIN(received_time) AS received, MAX(kept_time) AS kept, MAX(stage) AS stage,',
    '    MAX(type) AS type, MAX(sdk) AS sdk, MAX(events) AS events',
    `  FROM ${own(quarantineTable)} GROUP BY record_key`,
    ') AS records',
    `WHERE ${dayOf('kept')} <= ${today} - ${quarantineRetentionDays - 1}`,
    without(lossRecordsTable, 'loss_key', key),
    ...(replayedTable === undefined ? [] : [without(replayedTable, 'record_key', 'records.record_key')]),
  ].join('\n');
}

/** The script of BigQuery that counts them and then fails where anything was counted today, so that somebody is told. */
export function expiredQuarantineScript(question: ExpiredQuestion): string {
  const { table, today, dayOf } = question.spelling;
  const losses = table(datasets.operations, lossRecordsTable);
  return `INSERT INTO ${losses} (loss_key, recorded_time, day, stage, reason, type, sdk, events)
${expiredQuarantineQuery(question)};
ASSERT NOT EXISTS (SELECT 1 FROM ${losses} WHERE ${dayOf('recorded_time')} = ${today})
  AS 'acknowledged events are lost: operations.losses has how many';
`;
}

/** BigQuery's, for a project. */
export function googleSpelling(projectId: string): LossSpelling {
  return {
    table: (dataset, name) => `\`${projectId}.${dataset}.${name}\``,
    dayOf: (timestamp) => `DATE(${timestamp})`,
    now: 'CURRENT_TIMESTAMP()',
    today: 'CURRENT_DATE()',
  };
}

/** DuckDB's; its session has the time zone UTC. */
export function duckDbSpelling(nowMillis: number): LossSpelling {
  const now = `TIMESTAMPTZ '${new Date(nowMillis).toISOString()}'`;
  const dayOf = (timestamp: string) => `CAST(timezone('UTC', ${timestamp}) AS DATE)`;
  return { table: (dataset, name) => `"${dataset}"."${name}"`, dayOf, now, today: dayOf(now) };
}
