import { erasureBoundDays } from '../../shared/erasure/bounds.ts';
import { type CutoffSettings, cutoffDelayMillis, defaultCutoffSettings } from '../../shared/erasure/cutoff.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { rowLineDays } from '../../shared/operations/lines-config.ts';

/** Settings of erase-subject. */
export interface EraseSubjectConfig extends CutoffSettings {
  /** People and installations that one request may name. Default 1,000. */
  readonly maxNamed: number;
  /** Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** A message is acknowledged unread so long after its seal, with the clear data in it. Default 29. */
  readonly purgeAfterDays: number;
  /** When nothing that was stored can be read any more; the infrastructure holds every storage to it. Default 30. */
  readonly erasureBoundDays: number;
  /** Of the infrastructure: how long a row may be on its way to its table, in both lines. Default 29. */
  readonly rowLineDays: number;
  /** Who copied streams, `catalog,ranking`: an erasure waits for their acknowledgements. Default: nobody. */
  readonly erasureConsumers: string;
}

export const defaultEraseSubjectConfig: EraseSubjectConfig = {
  maxNamed: 1_000,
  maxBodyBytes: 1_048_576,
  ...defaultCutoffSettings,
  purgeAfterDays: 29,
  erasureBoundDays,
  rowLineDays,
  erasureConsumers: '',
};

/** Throws a `SettingError` for settings that contradict each other. */
export function checkEraseSubjectConfig(config: EraseSubjectConfig): void {
  const setting = (name: Exclude<keyof EraseSubjectConfig, 'erasureConsumers'>) => ({
    name: variableName(name),
    value: config[name],
  });
  const cutoffDays = cutoffDelayMillis(config) / 86_400_000;
  assertSettings([
    atMost({ name: '1', value: 1 }, setting('maxNamed'), 'a request names somebody'),
    atMost(
      { name: `${variableName('purgeAfterDays')} + the days to the cutoff`, value: config.purgeAfterDays + cutoffDays },
      setting('erasureBoundDays'),
      'a message may hold what was received until the cutoff',
    ),
    atMost(
      { name: `${variableName('rowLineDays')} + the days to the cutoff`, value: config.rowLineDays + cutoffDays },
      setting('erasureBoundDays'),
      'pseudonyms are forgotten two days after the bound',
    ),
  ]);
}
