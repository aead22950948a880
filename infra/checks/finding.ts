/** Something that Google would refuse, or that would not work: what, its value, and what it has to be. */
export interface Finding {
  readonly path: string;
  readonly value: unknown;
  readonly rule: string;
}

/** Something that must not be rolled out; the message lists every finding with its value and the fix. */
export class CheckError extends Error {
  override readonly name = 'CheckError';

  constructor(title: string, findings: readonly Finding[]) {
    super(`${title}:\n${findings.map(formatFinding).join('\n')}`);
  }
}

export function formatFinding({ path, value, rule }: Finding): string {
  return `  ${path} is ${shown(value)}: ${rule}`;
}

/** A value as it would be written in the source. */
function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

/** A finding unless `fits`. */
export function expect(fits: boolean, path: string, value: unknown, rule: string): Finding[] {
  return fits ? [] : [{ path, value, rule }];
}

export function isBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** Names that stand twice, in a spelling that counts as the same. */
export function repeated(names: readonly string[], same: (name: string) => string = (name) => name): string[] {
  const seen = new Set<string>();
  return names.filter((name) => {
    const key = same(name);
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}
