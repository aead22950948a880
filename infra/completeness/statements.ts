import { datasets } from '../naming.ts';
import { currentTime, type Dialect } from '../sql-dialect.ts';
import { completenessQuery } from './completeness-query.ts';
import { freshnessOf } from './freshness-query.ts';
import { markersOf } from './hours-query.ts';
import { recentQuery } from './recent-query.ts';
import type { TypesRead } from './rows-of-types.ts';
import { completenessHours, completenessRuns, completenessTables, freshnessRuns } from './tables.ts';

export interface ScheduledOptions {
  readonly dialect: Dialect;
  readonly types: TypesRead;
  readonly lookBackDays: number;
}

/** Hours without a marker are looked at again so long: heartbeats are sent for three. */
const markedHours = 6;
/** Days that are counted anew every day; older ones have their last answer. */
export const dailyDays = 3;

/** Once a day: how complete each of the last days is. What came meanwhile is in the newer answer. */
export function dailyStatement({ dialect, ...options }: ScheduledOptions): string {
  const today = dialect.dayOf(currentTime);
  const days = { firstDay: `${today} - ${dailyDays}`, lastDay: `${today} - 1` };
  return insert(dialect, completenessRuns, completenessQuery({ ...options, ...days, dialect, asOf: currentTime }));
}

/** Once an hour: markers of the hours that are complete by now, and how fresh tables are; the tables are read once for both. */
export function hourlyStatement({ dialect, types }: ScheduledOptions): string {
  const question = { dialect, types, hours: markedHours, asOf: currentTime };
  const markers = insert(dialect, completenessHours, markersOf('recent', question));
  const fresh = insert(dialect, freshnessRuns, freshnessOf('recent', currentTime));
  return `CREATE TEMP TABLE recent AS\n${recentQuery(question)};\n${markers};\n${fresh};`;
}

/** The SELECTs give the columns of their tables, in order. */
function insert(dialect: Dialect, table: string, select: string): string {
  const columns = completenessTables.find((spec) => spec.table === table)?.columns ?? [];
  return `INSERT INTO ${dialect.table(datasets.operations, table)} (${columns.map(({ name }) => name).join(', ')})\n${select}`;
}
