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

/** A variable that must be set. Throws `SettingError`. */
export function requireVariable(environment: Environment, variable: string): string {
  const text = environment[variable];
  if (text === undefined || text === '') throw new SettingError(`${variable} must be set`);
  return text;
}
