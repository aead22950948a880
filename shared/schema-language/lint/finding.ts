/** What a check found in a file. */
export interface Finding {
  /** Errors refuse the change; warnings are for a person to weigh. */
  readonly severity: 'error' | 'warning';
  /** Kebab-case and stable: what machines tell findings apart by. */
  readonly rule: string;
  /** JSON Pointer into the file. */
  readonly pointer: string;
  /** What is wrong, and why it matters. */
  readonly message: string;
  /** How to put it right, where there is a usual way. */
  readonly fix?: string;
}
