import { defaultEventLimits, type EventLimits } from '../../shared/event-types/check-event.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { defaultLinesConfig, type LinesConfig } from '../../shared/operations/lines-config.ts';
import { maxMarksPerSave } from '../../shared/ports/replays.ts';

/** Settings of replay. No stage takes a message that is older than `purgeAfterDays`, so no record that old is sent on. */
export interface ReplayConfig extends EventLimits, Pick<LinesConfig, 'purgeAfterDays'> {
  /** Records that are decided, published and marked at once; what a crash repeats. Default 200. */
  readonly maxStepRecords: number;
  /** Uncompressed payload of a message; the records of a seal that hold more are several. Default 1 MiB. */
  readonly maxSealBytes: number;
  /** Events of a message, likewise. Default 1,000. */
  readonly maxSealEvents: number;
  /** A run that has not been heard of for so long was interrupted. Default 60. */
  readonly leaseSeconds: number;
  /** A call ends after this time, before its function's own limit, and says that there is more. Default 480. */
  readonly maxCallSeconds: number;
  /** How often a call tells how far it is. Default 500. */
  readonly progressMillis: number;
}

export const defaultReplayConfig: ReplayConfig = {
  ...defaultEventLimits,
  purgeAfterDays: defaultLinesConfig.purgeAfterDays,
  maxStepRecords: maxMarksPerSave,
  maxSealBytes: 1_048_576,
  maxSealEvents: 1_000,
  leaseSeconds: 60,
  maxCallSeconds: 480,
  progressMillis: 500,
};

/** Throws a `SettingError` for settings that contradict each other. */
export function checkReplayConfig(config: ReplayConfig, timeoutSeconds: number): void {
  const setting = (name: keyof ReplayConfig) => ({ name: variableName(name), value: config[name] });
  assertSettings([
    atMost(
      { name: `${variableName('maxEventBytes')} + 2`, value: config.maxEventBytes + 2 },
      setting('maxSealBytes'),
      'a single event would not fit a message',
    ),
    atMost(setting('maxStepRecords'), { name: 'marks of one save', value: maxMarksPerSave }, 'they are saved at once'),
    atMost(
      {
        name: `${variableName('maxCallSeconds')} + ${variableName('leaseSeconds')}`,
        value: config.maxCallSeconds + config.leaseSeconds,
      },
      { name: "the function's timeout", value: timeoutSeconds },
      'a call would be cut off while it works',
    ),
  ]);
}
