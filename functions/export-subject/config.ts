import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';

/** Settings of export-subject. */
export interface ExportSubjectConfig {
  /** Characters of a reason. Default 300. */
  readonly maxReasonLength: number;
  /** People and installations whose pseudonyms one call asks for. Default 1,000, as an erasure takes. */
  readonly maxNamed: number;
  /** A call ends after this time, before its function's own limit, and says that it was not whole. Default 3,480. */
  readonly maxCallSeconds: number;
  /** How often a call tells how far it is. Default 500. */
  readonly progressMillis: number;
}

export const defaultExportSubjectConfig: ExportSubjectConfig = {
  maxReasonLength: 300,
  maxNamed: 1_000,
  maxCallSeconds: 3_480,
  progressMillis: 500,
};

/** What may still be on its way when a call's time is over: a page of rows. */
const lastPageSeconds = 60;

/** Throws a `SettingError` for settings that contradict each other. */
export function checkExportSubjectConfig(config: ExportSubjectConfig, timeoutSeconds: number): void {
  const name = `${variableName('maxCallSeconds')} + ${lastPageSeconds}`;
  const limit = { name: "the function's timeout", value: timeoutSeconds };
  assertSettings([
    atMost({ name, value: config.maxCallSeconds + lastPageSeconds }, limit, 'a call would be cut off while it works'),
  ]);
}
