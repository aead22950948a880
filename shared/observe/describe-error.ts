import { Unavailable } from '../ports/unavailable.ts';
import type { LogFields } from './observer.ts';

/**
 * What may be logged of an unexpected error: its class and where it happened. Messages are left out unless they are our
 * own: V8 quotes the text that JSON.parse failed on, and libraries quote what they were given.
 */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12);
  const own = error instanceof Unavailable ? { dependency: error.dependency, problem: error.message } : {};
  return { error: error.name, ...own, stack: frames.join('\n') };
}
