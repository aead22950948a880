import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import type { Finding } from '../../shared/schema-language/lint/finding.ts';

/** `waits`: all that is wrong may come right by what else is being published. */
export type Refusal = {
  readonly kind: 'refused' | 'waits';
  readonly reasons: readonly SchemaProblem[];
  /** Nothing is wrong with the schema itself, but with what it would replace. */
  readonly ofChange?: true;
};

export function refused(message: string, pointer = ''): Refusal {
  return { kind: 'refused', reasons: [{ pointer, message }] };
}

/** What is found in a document, as a reason for its refusal. */
export function asProblem({ pointer, message, rule, fix }: Finding): SchemaProblem {
  return { pointer, message: `${message} (${rule})${fix === undefined ? '' : `; ${fix}`}` };
}
