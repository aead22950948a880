import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';

/** Settings of finish-erasures. */
export interface FinishErasuresConfig {
  /** While somebody is erased and their bound has not passed, everything is swept again after this. Default 20. */
  readonly sweepEveryHours: number;
  /** After so long no further table of events is begun; the next call goes on. Default 900. */
  readonly maxCallSeconds: number;
}

export const defaultFinishErasuresConfig: FinishErasuresConfig = { sweepEveryHours: 20, maxCallSeconds: 900 };

/** Throws a `SettingError`. */
export function checkFinishErasuresConfig(
  { sweepEveryHours, maxCallSeconds }: FinishErasuresConfig,
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
  ]);
}
