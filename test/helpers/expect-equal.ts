import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/**
 * `expect(actual, message).toEqual(expected)`, for what is compared by the thousand: Node's comparison, which asks for no less,
 * takes a fraction of the time, so Vitest compares only what Node finds different, and tells where.
 */
export function expectEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, message).toEqual(expected);
}
