import { legacySdkPrefix } from '../../shared/sdks/legacy.ts';
import { rowsOf, type TypesRead } from '../completeness/rows-of-types.ts';
import { datasets } from '../naming.ts';
import { type Dialect, quote } from '../sql-dialect.ts';

export interface ShareQuestion {
  readonly dialect: Dialect;
  readonly types: TypesRead;
  /** The first Monday wanted, YYYY-MM-DD. */
  readonly firstWeek: string;
}

/**
 * Events by type, by week of their own time (its Monday, as text) and by the legacy binding that they came under, which is
 * empty for all others: `type`, `week`, `legacy_sdk`, `events`; `replayed_events` of them came by a replay of the quarantine.
 * Of the exact views, so that an event counts once, under the SDK that was first with it. It reads five columns of the days
 * from the first week on.
 */
export function shareQuery({ dialect, types, firstWeek }: ShareQuestion): string {
  const rows = rowsOf(types, {
    dialect,
    dataset: datasets.exact,
    columns: ['event_time', 'sdk', 'replayed'],
    where: `event_time >= ${dialect.timestamp(`${firstWeek}T00:00:00Z`)}`,
  });
  return `SELECT type, CAST(week AS STRING) AS week, legacy_sdk, COUNT(*) AS events,
  COUNT(CASE WHEN replayed THEN 1 END) AS replayed_events
FROM (
SELECT type, ${dialect.weekOf('event_time')} AS week, replayed,
  CASE WHEN STARTS_WITH(sdk, ${quote(legacySdkPrefix)}) THEN sdk ELSE '' END AS legacy_sdk
FROM (
${rows}
) AS rows_of_types
) AS rows_of_weeks
GROUP BY type, week, legacy_sdk
ORDER BY type, week, legacy_sdk`;
}
