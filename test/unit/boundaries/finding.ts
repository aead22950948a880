/** A rule that is broken, where, and what to do. */
export interface Finding {
  readonly rule: string;
  /** Path from the root, with a line where there is one. */
  readonly place: string;
  readonly message: string;
  readonly fix: string;
}

export function findingText({ rule, place, message, fix }: Finding): string {
  return `${place}: ${message} [${rule}]\n  Fix: ${fix}`;
}
