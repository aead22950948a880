import { tableRetentionDays } from '../shared/operations/lines-config.ts';
import type { LossReason } from '../shared/outcome/outcome.ts';
import { isOfTypes, rowsOf, type TypesRead, withEarlyRows } from './completeness/rows-of-types.ts';
import { datasets, lossRecordsTable, unfitRowsTable } from './naming.ts';
import type { Dialect } from './sql-dialect.ts';

export interface ExpiredRowsQuestion {
  readonly dialect: Dialect;
  /** Whose rows, and where they would be. */
  readonly types: TypesRead;
  /** An expression: the instant that counts as now. */
  readonly asOf: string;
  /** Expressions: earliest and latest time of the events; bounds what is read of their tables. */
  readonly firstTime: string;
  readonly lastTime: string;
}

/** The last day of a row in the second line has begun. */
const expiringHours = (tableRetentionDays.second - 1) * 24;
const reason: LossReason = 'row-expired';

/**
 * Rows of `loss_records` of the events whose rows go within a day: for as long as the second line keeps them their table
 * did not take them, and no copy of them is in it. What failed is in `unfit_rows`, which has it two weeks longer; so an
 * event is counted once, on the last day before it goes or later, by its key.
 */
export function expiredRowsQuery(question: ExpiredRowsQuestion): string {
  const { dialect, types, asOf, firstTime, lastTime } = question;
  const losses = dialect.table(datasets.operations, lossRecordsTable);
  return `SELECT CONCAT('row:', event_key) AS loss_key, ${asOf} AS recorded_time, MIN(day) AS day, 'table' AS stage,
  '${reason}' AS reason, type, MAX(sdk) AS sdk, 1 AS events
FROM (
${expiringRows(question)}
) AS expiring
WHERE NOT EXISTS (SELECT 1 FROM ${losses} AS other WHERE other.loss_key = CONCAT('row:', expiring.event_key))
  AND NOT EXISTS (
    SELECT 1 FROM (
${rowsOf(withEarlyRows(types), {
  dialect,
  dataset: datasets.raw,
  columns: ['event_key'],
  where: `event_time >= ${firstTime} AND event_time <= ${lastTime}`,
})}
    ) AS written WHERE written.event_key = expiring.event_key
  )
GROUP BY type, event_key`;
}

/** Each as often as it became a dead letter; the day is that of the event's own time. */
function expiringRows({ dialect, types, asOf }: Pick<ExpiredRowsQuestion, 'dialect' | 'types' | 'asOf'>): string {
  const { table, textAt } = dialect;
  const eventTime = textAt('data', '$.event_time');
  return `SELECT * FROM (
  SELECT ${textAt('attributes', '$.event_key')} AS event_key, ${textAt('attributes', '$.type')} AS type,
    ${textAt('data', '$.sdk')} AS sdk, ${eventTime} AS event_time, CAST(SUBSTR(${eventTime}, 1, 10) AS DATE) AS day
  FROM ${table(datasets.operations, unfitRowsTable)}
  WHERE publish_time <= ${asOf} - INTERVAL ${expiringHours} HOUR
) AS unfit WHERE ${isOfTypes(types)}`;
}

/**
 * The script of BigQuery that counts them and then fails where any was counted today, so that somebody is told. The
 * tables of events are read only where something expires, and of them the days of its events: a variable of a script
 * prunes partitions as a constant does.
 */
export function expiredRowsScript({
  dialect,
  types,
  asOf,
}: Omit<ExpiredRowsQuestion, 'firstTime' | 'lastTime'>): string {
  const losses = dialect.table(datasets.operations, lossRecordsTable);
  return `DECLARE first_time, last_time TIMESTAMP;
SET (first_time, last_time) = (SELECT AS STRUCT CAST(MIN(event_time) AS TIMESTAMP), CAST(MAX(event_time) AS TIMESTAMP) FROM (
${expiringRows({ dialect, types, asOf })}
));
IF first_time IS NOT NULL THEN
INSERT INTO ${losses} (loss_key, recorded_time, day, stage, reason, type, sdk, events)
${expiredRowsQuery({ dialect, types, asOf, firstTime: 'first_time', lastTime: 'last_time' })};
END IF;
ASSERT NOT EXISTS (
  SELECT 1 FROM ${losses} WHERE ${dialect.dayOf('recorded_time')} = ${dialect.dayOf(asOf)} AND reason = '${reason}' AND ${isOfTypes(types)}
) AS 'rows of acknowledged events are lost: operations.losses has how many';
`;
}
