/** Something that Google would refuse, or that would not work: what, its value, and what it has to be. */
export interface Violation {
  readonly path: string;
  readonly value: unknown;
  readonly rule: string;
}

/** Something that must not be rolled out; the message lists every violation with its value and the fix. */
export class CheckError extends Error {
  override readonly name = 'CheckError';

  constructor(title: string, violations: readonly Violation[]) {
    super(`${title}:\n${violations.map(formatViolation).join('\n')}`);
  }
}

export function formatViolation({ path, value, rule }: Violation): string {
  return `  ${path} is ${shown(value)}: ${rule}`;
}

/** A value as it would be written in the source. */
function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

/** A violation unless `fits`. */
export function expect(fits: boolean, path: string, value: unknown, rule: string): Violation[] {
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
