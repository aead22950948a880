import { erasureBoundDays } from '../../shared/erasure/bounds.ts';
import { type CutoffSettings, defaultCutoffSettings } from '../../shared/erasure/cutoff.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';

/** Settings of erase-inactive. */
export interface EraseInactiveConfig extends CutoffSettings {
  /** Who was not seen for so many days, at least, is erased. Default 0: nobody is. */
  readonly inactiveSubjectDays: number;
  /** Months of marks that are looked through, before the first that is too young: a function that was away goes on there. Default 36. */
  readonly maxMonths: number;
  /** Subjects that are looked at together. Default 200. */
  readonly pageSize: number;
  /** Subjects that one call looks at; the next goes on. Default 200,000. */
  readonly maxSubjects: number;
  /** A call ends after this time, before its function's own limit. Default 1,500. */
  readonly maxCallSeconds: number;
  /** Requests that wait for an answer at once. Default 32. */
  readonly maxRequests: number;
  /** When nothing that was stored can be read any more. Default 30. */
  readonly erasureBoundDays: number;
}

export const defaultEraseInactiveConfig: EraseInactiveConfig = {
  ...defaultCutoffSettings,
  inactiveSubjectDays: 0,
  maxMonths: 36,
  pageSize: 200,
  maxSubjects: 200_000,
  maxCallSeconds: 1_500,
  maxRequests: 32,
  erasureBoundDays,
};

/** What waits in quarantine (20 days) or in a line (29) is older than that when its people are erased. */
const leastInactiveDays = 90;
/** The most that an environment may say. */
export const mostInactiveDays = 3_650;
/** What may still be on its way when a call's time is over: a page. */
const lastPageSeconds = 120;

/** Throws a `SettingError` for settings that contradict each other or the time that a call of the function has. */
export function checkEraseInactiveConfig(config: EraseInactiveConfig, timeoutSeconds: number): void {
  const { inactiveSubjectDays, maxCallSeconds, longestEraseSeconds } = config;
  const setting = (name: keyof EraseInactiveConfig) => ({ name: variableName(name), value: config[name] });
  assertSettings([
    ...(inactiveSubjectDays === 0
      ? []
      : [
          atMost(
            { name: 'the least', value: leastInactiveDays },
            setting('inactiveSubjectDays'),
            'marks are monthly, and events may be on their way for weeks',
          ),
          atMost(setting('inactiveSubjectDays'), { name: 'the most', value: mostInactiveDays }, 'it is ten years'),
        ]),
    atMost(
      { name: `${variableName('maxCallSeconds')} + ${lastPageSeconds}`, value: maxCallSeconds + lastPageSeconds },
      { name: "the function's timeout", value: timeoutSeconds },
      'a call would be cut off while it works',
    ),
    atMost(
      { name: 'a page', value: lastPageSeconds },
      { name: variableName('longestEraseSeconds'), value: longestEraseSeconds },
      'its keys are gone before the cutoff is counted from',
    ),
    atMost({ name: '1', value: 1 }, setting('pageSize'), 'a page has somebody'),
  ]);
}
