import { defaultEventLimits, type EventLimits } from '../../shared/event-types/check-event.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';

/** Settings of export-legacy. */
export interface ExportLegacyConfig extends EventLimits {
  /** Uncompressed payload of a sealed batch. Default 1 MiB. */
  readonly maxSealBytes: number;
  /** Events of a sealed batch. Default 1,000. */
  readonly maxSealEvents: number;
  /** A call ends after this time, before its function's own limit, and the next one goes on. Default 420. */
  readonly maxCallSeconds: number;
  /** How often the checkpoint is saved; what a crash exports again. Default 5. */
  readonly checkpointSeconds: number;
  /** Events and refused records a second of one file, so that what else is sent is not held up behind it. Default 10,000. */
  readonly maxRecordsPerSecond: number;
  /**
   * Bad records and refused events of one file that are kept in quarantine; at the next one the file waits for another
   * mapping. A few damaged lines are far below it, a mapping that does not fit is above it within a second, and what is
   * kept of a file (its bytes, encrypted) is some MB. Default 10,000.
   */
  readonly maxBadRecords: number;
  /** Largest mapping that is read. Default 1,000,000. */
  readonly maxMappingBytes: number;
  /** The region that it runs in, which rows show; empty where there are none. Default empty. */
  readonly region: string;
}

export const defaultExportLegacyConfig: ExportLegacyConfig = {
  ...defaultEventLimits,
  maxSealBytes: 1_048_576,
  maxSealEvents: 1_000,
  maxCallSeconds: 420,
  checkpointSeconds: 5,
  maxRecordsPerSecond: 10_000,
  maxBadRecords: 10_000,
  maxMappingBytes: 1_000_000,
  region: '',
};

/** Throws a `SettingError` for settings that contradict each other. */
export function checkExportLegacyConfig(config: ExportLegacyConfig, timeoutSeconds: number): void {
  const setting = (name: 'maxSealBytes' | 'maxCallSeconds' | 'checkpointSeconds') => ({
    name: variableName(name),
    value: config[name],
  });
  assertSettings([
    atMost(
      { name: `${variableName('maxEventBytes')} + 2`, value: config.maxEventBytes + 2 },
      setting('maxSealBytes'),
      'a single event would not fit a batch',
    ),
    atMost(setting('checkpointSeconds'), setting('maxCallSeconds'), 'no call would save anything'),
    atMost(
      { name: `${variableName('maxCallSeconds')} + 60`, value: config.maxCallSeconds + 60 },
      { name: "the function's timeout", value: timeoutSeconds },
      'a call would be cut off while it publishes',
    ),
    atMost(
      { name: '1', value: 1 },
      { name: variableName('maxRecordsPerSecond'), value: config.maxRecordsPerSecond },
      'no record would ever go',
    ),
  ]);
}
