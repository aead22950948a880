import { describeError } from '../observe/describe-error.ts';
import type { Observer } from '../observe/observer.ts';
import { Unavailable } from '../ports/unavailable.ts';

/** What whoever called a function is answered with, where it threw. */
export interface Failure {
  /** 503 where infrastructure was lost, else 500. */
  readonly status: 500 | 503;
  readonly problem: string;
}

/**
 * Logs what a function that people call has thrown, and says what to tell them: what did not answer, with `again`; or that
 * there was a bug, with `failed`.
 */
export function failureOf(
  error: unknown,
  observer: Observer,
  { failed, again }: { readonly failed: string; readonly again: string },
): Failure {
  const lost = error instanceof Unavailable;
  observer.log(lost ? 'WARNING' : 'ERROR', lost ? 'dependency unavailable' : 'unexpected error', describeError(error));
  if (lost) return { status: 503, problem: `${error.dependency} did not answer: ${again}` };
  return { status: 500, problem: `${failed}: the log has the error` };
}
