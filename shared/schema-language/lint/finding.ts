/** What findings are told apart by: stable, so that machines and people can refer to them. */
export const ruleNames = [
  // The file.
  'not-json',
  'file-too-large',
  'unreadable',
  'no-schema',
  'key-repeated',
  'owner-unreachable',
  'owners',
  'file-name',
  'table-shared',
  'sdk-unknown',
  'sdk-heartbeat',
  'sdk-bindings',
  'fingerprint-collisions',
  // The schema by itself.
  'meta-schema',
  'event-schema',
  'not-compilable',
  'keyword-misspelt',
  'keyword-unknown',
  'keyword-replaced',
  'keyword-misplaced',
  'description-missing',
  'additional-properties-missing',
  'personal-undecided',
  'keys-undecided',
  'treatment-undecided',
  'treatment-without-effect',
  'keep-days',
  'subject-unreachable',
  'subject-optional',
  'subject-unproven',
  'pattern-slow',
  'pattern-bad',
  'bounds-contradict',
  'enum-duplicate',
  'enum-empty',
  'required-undeclared',
  'literal-unfit',
  'reference-outside',
  'reference-unresolved',
  'reference-circular',
  'format-unknown',
  'nesting-too-deep',
  'schema-too-large',
  // Its examples.
  'example-missing',
  'example-unfit',
  'example-fits',
  'example-orphan',
  // What it replaces.
  'revision',
  'schema-deleted',
  'base-unusable',
  'retention-shortened',
  'lock-stale',
  'table-replaced',
] as const;
export type RuleName = (typeof ruleNames)[number];

/** What a check found in a file. */
export interface Finding {
  /** Errors refuse the change; warnings are for a person to weigh. */
  readonly severity: 'error' | 'warning';
  readonly rule: RuleName;
  /** JSON Pointer into the file. */
  readonly pointer: string;
  /** What is wrong, and why it matters. */
  readonly message: string;
  /** How to put it right, where there is a usual way. */
  readonly fix?: string;
}

/** A finding that refuses the change. */
export function errorAt(pointer: string, rule: RuleName, message: string, fix?: string): Finding {
  return { severity: 'error', rule, pointer, message, ...(fix !== undefined && { fix }) };
}

/** Of two findings on one line of descent, the first says it better; the top is on everybody's. */
export function sameMatter(known: string, pointer: string): boolean {
  if (known === pointer) return true;
  return known !== '' && pointer !== '' && (pointer.startsWith(`${known}/`) || known.startsWith(`${pointer}/`));
}
