import { type BillLine, gibibyte, line } from './bill.ts';
import type { Traffic } from './traffic.ts';
import { secondsPerMonth, type Workload } from './workload.ts';

/** Partitions that nobody has changed for so long are cheaper (cloud.google.com/bigquery/pricing, long-term storage). */
const activeDays = 90;
const daysPerMonth = 730 / 24;

/** What the tables hold once they are as old as their retention. */
export function storedRows({ retentionDays }: Workload, { eventsPerSecond, rowBytes }: Traffic): BillLine[] {
  const gibibytesOfMonth = (eventsPerSecond * rowBytes * secondsPerMonth) / gibibyte;
  const active = (gibibytesOfMonth * Math.min(retentionDays, activeDays)) / daysPerMonth;
  const longTerm = (gibibytesOfMonth * Math.max(0, retentionDays - activeDays)) / daysPerMonth;
  return [
    line('tables', 'bigQueryStored', active, `rows of the last ${activeDays} days`),
    line('tables', 'bigQueryStoredLong', longTerm, 'older rows, up to the retention'),
  ];
}
