import { keyCacheSeconds } from '../../shared/erasure/bounds.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { defaultLinesConfig, type LinesConfig, linesRules } from '../../shared/operations/lines-config.ts';
import { needs } from './needs.ts';

/** Settings of pseudonymize. */
export interface PseudonymizeConfig extends LinesConfig {
  /** Unwrapped keys of data subjects held by one instance. Default 20,000 (some 30 MB). */
  readonly maxCachedKeys: number;
  /** How long an unwrapped key is used without asking again; erase-subject has to know it. Default 300. */
  readonly keyCacheSeconds: number;
  /** Pairs of a subject and an installation that are remembered as recorded. Default 50,000 (some 8 MB). */
  readonly maxCachedPairs: number;
  /** Who was not seen for so many days is erased, so it is recorded who is seen. Default 0: it is not. */
  readonly inactiveSubjectDays: number;
  /** Subjects that are remembered as recorded this month. Default 100,000 (some 10 MB). */
  readonly maxCachedUses: number;
  /** Ciphertexts remembered per subject, because names and ids repeat. Default 32. */
  readonly maxRememberedValues: number;
}

export const defaultPseudonymizeConfig: PseudonymizeConfig = {
  ...defaultLinesConfig,
  maxCachedKeys: 20_000,
  keyCacheSeconds,
  maxCachedPairs: 50_000,
  inactiveSubjectDays: 0,
  maxCachedUses: 100_000,
  maxRememberedValues: 32,
};

/** Of a value that is remembered: as text, and as base64 of its ciphertext. */
const rememberedValueBytes = 512;

/** Throws a `SettingError` where settings contradict each other or the platform. */
export function checkPseudonymizeConfig(config: PseudonymizeConfig): void {
  const { maxCachedKeys, maxRememberedValues, keyCacheSeconds, purgeAfterDays } = config;
  const keys = { name: variableName('maxCachedKeys'), value: maxCachedKeys };
  assertSettings([
    ...linesRules(config),
    atMost({ name: '1', value: 1 }, keys, 'a batch works with the key of its source at least'),
    atMost(
      {
        name: `${keys.name} x ${variableName('maxRememberedValues')} x ${rememberedValueBytes} bytes`,
        value: maxCachedKeys * maxRememberedValues * rememberedValueBytes,
      },
      { name: 'half the memory of an instance', value: (needs.size.memoryMiB * 1_048_576) / 2 },
      'what is cached may not crowd out the batches',
    ),
    atMost(
      { name: `${variableName('keyCacheSeconds')} / 86400`, value: keyCacheSeconds / 86_400 },
      { name: variableName('purgeAfterDays'), value: purgeAfterDays },
      'a destroyed key may not be used for longer than its events are on the way',
    ),
  ]);
}
