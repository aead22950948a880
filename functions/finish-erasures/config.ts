import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';

/** Settings of finish-erasures. */
export interface FinishErasuresConfig {
  /** While somebody is erased and their bound has not passed, everything is swept again after this. Default 20. */
  readonly sweepEveryHours: number;
}

export const defaultFinishErasuresConfig: FinishErasuresConfig = { sweepEveryHours: 20 };

/** Throws a `SettingError`. */
export function checkFinishErasuresConfig({ sweepEveryHours }: FinishErasuresConfig): void {
  assertSettings([
    atMost(
      { name: variableName('sweepEveryHours'), value: sweepEveryHours },
      { name: 'a day', value: 24 },
      'what is erased is forgotten a day after its last sweep is due',
    ),
  ]);
}
