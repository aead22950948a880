import { assertSettings } from '../../shared/needs/settings.ts';
import { defaultLinesConfig, type LinesConfig, linesRules } from '../../shared/operations/lines-config.ts';

/** Settings of pseudonymize. */
export interface PseudonymizeConfig extends LinesConfig {
  /** Unwrapped keys of data subjects held by one instance. Default 20,000 (some 30 MB). */
  readonly maxCachedKeys: number;
  /** How long an unwrapped key is used without asking again; part of the bound of an erasure. Default 300. */
  readonly keyCacheSeconds: number;
  /** Ciphertexts remembered per subject, because names and ids repeat. Default 32. */
  readonly maxRememberedValues: number;
}

export const defaultPseudonymizeConfig: PseudonymizeConfig = {
  ...defaultLinesConfig,
  maxCachedKeys: 20_000,
  keyCacheSeconds: 300,
  maxRememberedValues: 32,
};

/** Throws a `SettingError` where settings contradict each other or the platform. */
export function checkPseudonymizeConfig(config: PseudonymizeConfig): void {
  assertSettings(linesRules(config));
}
