import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';

/** Settings of scrub-property. */
export interface ScrubPropertyConfig {
  /** Whether the environment keeps what pseudonymize publishes as files. Default false. */
  readonly hasRawArchive: boolean;
  /** A file may hold messages of so long before and after the time in its name: how long it may be open, and a redelivery. Default 20. */
  readonly archiveSlackMinutes: number;
  /** Files of the archive that one call looks at; what is beyond waits for the next. Default 20,000. */
  readonly maxFiles: number;
  /** Files that are deleted at once. Default 16. */
  readonly maxFileRequests: number;
  /** Characters of a reason. Default 300. */
  readonly maxReasonLength: number;
  /** A message is acknowledged unread so long after its seal. Default 29. */
  readonly purgeAfterDays: number;
  /** A table's two lines try a row for so long. Default 29. */
  readonly tableLinesDays: number;
}

export const defaultScrubPropertyConfig: ScrubPropertyConfig = {
  hasRawArchive: false,
  archiveSlackMinutes: 20,
  maxFiles: 20_000,
  maxFileRequests: 16,
  maxReasonLength: 300,
  purgeAfterDays: 29,
  tableLinesDays: 29,
};

/** How long the archive's subscription waits for an acknowledgement: a file that failed is written again after it. */
const archiveAckDeadlineMinutes = 10;

/** Throws a `SettingError`. */
export function checkScrubPropertyConfig({ archiveSlackMinutes, maxFileRequests }: ScrubPropertyConfig): void {
  assertSettings([
    atMost(
      { name: 'the ack deadline of the archive, in minutes', value: archiveAckDeadlineMinutes },
      { name: variableName('archiveSlackMinutes'), value: archiveSlackMinutes },
      'a file that was written again is named after it',
    ),
    atMost(
      { name: '1', value: 1 },
      { name: variableName('maxFileRequests'), value: maxFileRequests },
      'files are deleted',
    ),
  ]);
}
