import { erasureBoundDays } from '../shared/erasure/bounds.ts';
import { defaultLinesConfig } from '../shared/operations/lines-config.ts';

/** Copies of before an erasure can be read so long ("Data retention with time travel", product documentation). */
export const timeTravelDays = 2;

/** Google keeps what time travel lets go for so long, and gives it back on request (same page, "Fail-safe"). */
const failSafeDays = 7;

/** A partition goes whole, so its first row stays a day longer than its last. */
const partitionDays = 1;

/** Something that keeps payloads of people beyond the life of their keys, and for how long at most. */
export interface Keeping {
  readonly what: string;
  readonly days: number;
  /** How that comes about. */
  readonly sum: string;
}

/** Everything that keeps payloads which no key of a data subject protects. */
export function keepings(quarantineRetentionDays: number): Keeping[] {
  const { purgeAfterDays } = defaultLinesConfig;
  return [
    {
      what: 'quarantine',
      days: quarantineRetentionDays + partitionDays + timeTravelDays + failSafeDays,
      sum:
        `${quarantineRetentionDays} days of the table, ${partitionDays} of its partition, ${timeTravelDays} of time travel, ` +
        `${failSafeDays} of fail-safe`,
    },
    {
      what: 'messages',
      days: purgeAfterDays + 1,
      sum: `${purgeAfterDays} days from their seal, and the time to the cutoff`,
    },
  ];
}

/** Those that keep for longer than an erasure promises. */
export function beyondBound(all: readonly Keeping[]): Keeping[] {
  return all.filter(({ days }) => days > erasureBoundDays);
}

export { erasureBoundDays };
