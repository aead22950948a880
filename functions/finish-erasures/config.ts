import { erasureBoundDays, rememberedDays } from '../../shared/erasure/bounds.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { rowLineDays } from '../../shared/operations/lines-config.ts';

/** Settings of finish-erasures. */
export interface FinishErasuresConfig {
  /** While somebody is erased and their bound has not passed, everything is swept again after this. Default 20. */
  readonly sweepEveryHours: number;
  /** After so long no further table of events is begun; the next call goes on. Default 900. */
  readonly maxCallSeconds: number;
  /**
   * Whom an erasure named, and what stood for them, is forgotten after this: past the last sweep of an erasure, which is a day
   * after its bound at the latest, or after the last row of before can come, where that is later. Default 32.
   */
  readonly forgetAfterDays: number;
}

export const defaultFinishErasuresConfig: FinishErasuresConfig = {
  sweepEveryHours: 20,
  maxCallSeconds: 900,
  forgetAfterDays: rememberedDays,
};

/** Throws a `SettingError`. */
export function checkFinishErasuresConfig(
  { sweepEveryHours, maxCallSeconds, forgetAfterDays }: FinishErasuresConfig,
  timeoutSeconds: number,
): void {
  assertSettings([
    atMost(
      { name: variableName('sweepEveryHours'), value: sweepEveryHours },
      { name: 'a day', value: 24 },
      'what is erased is forgotten a day after its last sweep is due',
    ),
    atMost(
      { name: variableName('maxCallSeconds'), value: maxCallSeconds },
      { name: "the function's timeout", value: timeoutSeconds },
      'a call would be cut off before it ends by itself',
    ),
    atMost(
      { name: 'the days of an erasure and two more', value: Math.max(erasureBoundDays, rowLineDays) + 2 },
      { name: variableName('forgetAfterDays'), value: forgetAfterDays },
      'what comes last would not be found',
    ),
  ]);
}
