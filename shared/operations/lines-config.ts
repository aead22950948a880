import { atMost, type SettingRule, variableName } from '../needs/settings.ts';

/** How long messages are tried. */
export interface LinesConfig {
  /** A message whose seal is older is acknowledged unread, and counted as lost. Default 29. */
  readonly purgeAfterDays: number;
  /** A message that cannot be read is set aside whole after so long in the second line. Default 24. */
  readonly unreadableAfterHours: number;
  /** It must then be younger than this, so that quarantine does not keep it beyond the purge. Default 9. */
  readonly unreadableWithinDays: number;
}

export const defaultLinesConfig: LinesConfig = {
  purgeAfterDays: 29,
  unreadableAfterHours: 24,
  unreadableWithinDays: 9,
};

/**
 * How long a row waits for its table. Rows have no stage that purges them, so both lines together keep them for 29 days. The
 * first does not need more: what it fails to deliver is a dead letter after some 15 hours.
 */
export const tableRetentionDays = { first: 7, second: 22 } as const;
/** Days after which no row can come any more that was made before, from either line. */
export const rowLineDays = tableRetentionDays.first + tableRetentionDays.second;

/** Longest that Pub/Sub keeps a message, in days. */
const maxRetentionDays = 31;

/** What the settings of the lines ask of each other and of the platform. */
export function linesRules({ purgeAfterDays, unreadableAfterHours, unreadableWithinDays }: LinesConfig): SettingRule[] {
  const purge = { name: variableName('purgeAfterDays'), value: purgeAfterDays };
  const within = { name: variableName('unreadableWithinDays'), value: unreadableWithinDays };
  const after = { name: `${variableName('unreadableAfterHours')} / 24`, value: unreadableAfterHours / 24 };
  return [
    atMost(purge, { name: "Pub/Sub's longest retention", value: maxRetentionDays }, 'what is lost is counted before'),
    atMost(after, within, 'what cannot be read would never be set aside'),
    atMost(within, purge, 'what is purged is not set aside'),
  ];
}
