/** A setting that cannot be used; the message names the variable and what it takes, not what it holds. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `maxBodyBytes` is set by `EDI_MAX_BODY_BYTES`. */
export function variableName(setting: string): string {
  return `EDI_${setting.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;
}

/**
 * The defaults with what the environment overrides: one variable a setting. Numbers are written in decimal and are not
 * negative, booleans as `true` or `false`. Throws `SettingError`.
 */
export function readSettings<Settings extends object>(defaults: Settings, environment: Environment): Settings {
  const settings = { ...defaults };
  for (const [setting, value] of Object.entries(defaults)) {
    const variable = variableName(setting);
    const text = environment[variable];
    if (text !== undefined) Object.assign(settings, { [setting]: parseSetting(variable, text, value) });
  }
  return settings;
}

function parseSetting(variable: string, text: string, like: unknown): unknown {
  if (typeof like === 'string') return text;
  if (typeof like === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new SettingError(`${variable} is either "true" or "false"`);
  }
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new SettingError(`${variable} is a number such as ${String(like)}`);
}

/** What settings, or a setting and a limit of the platform, ask of each other. */
export interface SettingRule {
  readonly holds: boolean;
  /** Names both sides with their values, and why. */
  readonly message: string;
}

/** Throws a `SettingError` with the first rule that does not hold. A function calls it before it serves anything. */
export function assertSettings(rules: readonly SettingRule[]): void {
  const broken = rules.find(({ holds }) => !holds);
  if (broken !== undefined) throw new SettingError(broken.message);
}

/** `lower` may not pass `upper`; each is a setting, or a limit by its name in words, with the value that counts. */
export function atMost(
  lower: { readonly name: string; readonly value: number },
  upper: { readonly name: string; readonly value: number },
  why: string,
): SettingRule {
  const message = `${lower.name} (${lower.value}) must not be above ${upper.name} (${upper.value}): ${why}`;
  return { holds: lower.value <= upper.value, message };
}

/** A setting without a default must be set. Throws `SettingError`. */
export function requireSetting(setting: string, value: string): void {
  if (value === '') throw new SettingError(`${variableName(setting)} must be set`);
}

/** A variable that must be set. Throws `SettingError`. */
export function requireVariable(environment: Environment, variable: string): string {
  const text = environment[variable];
  if (text === undefined || text === '') throw new SettingError(`${variable} must be set`);
  return text;
}
