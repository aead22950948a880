import type { Dependency } from '../../shared/outcome/outcome.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';

/**
 * What a fault throws. It has no stack: the plan says where it struck, and stacks of the thousands of them, most of which are
 * logged, are a twentieth of a simulation's time.
 */
export function unavailableAsTold(dependency: Dependency): Unavailable {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new Unavailable(dependency, 'fails as told');
  } finally {
    Error.stackTraceLimit = before;
  }
}
