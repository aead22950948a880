import { checkDedupConfig, defaultDedupConfig } from '../functions/dedup/config.ts';
import { maxConsumers } from '../functions/erase-subject/consumers.ts';
import { checkIngestConfig, defaultIngestConfig } from '../functions/ingest/config.ts';
import { isKebabName } from '../shared/event/realm.ts';
import { SettingError } from '../shared/needs/settings.ts';

/** What of an environment functions read as their settings, where they would not take every value. */
interface SettingsOfFunctions {
  readonly lookBackDays: number;
  readonly erasureConsumers?: readonly string[];
}

/**
 * What functions refuse, as `checkEnvironment` asks for it: one that starts with it would serve nothing, and Google says of
 * that after minutes, and without the reason, that its container does not listen.
 */
export function functionSettingRules({ lookBackDays, erasureConsumers }: SettingsOfFunctions) {
  const refusal = refusalOf(lookBackDays);
  return [
    {
      path: 'lookBackDays',
      value: lookBackDays,
      fits: (value: unknown) => Number.isInteger(value) && refusal === undefined,
      rule: `whole days that ingest and dedup take${refusal === undefined ? '' : `; ${refusal}`}`,
    },
    {
      path: 'erasureConsumers',
      value: erasureConsumers,
      fits: () => erasureConsumers === undefined || areConsumers(erasureConsumers),
      rule: `up to ${maxConsumers} names in kebab-case, each once: an erasure waits for ever for a name that nobody can say`,
    },
  ];
}

function refusalOf(lookBackDays: number): string | undefined {
  try {
    checkIngestConfig({ ...defaultIngestConfig, lookBackDays });
    checkDedupConfig({ ...defaultDedupConfig, lookBackDays });
    return undefined;
  } catch (error) {
    if (error instanceof SettingError) return error.message;
    throw error;
  }
}

function areConsumers(names: readonly string[]): boolean {
  return (
    Array.isArray(names) &&
    names.length <= maxConsumers &&
    new Set(names).size === names.length &&
    names.every(isKebabName)
  );
}
