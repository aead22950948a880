import { Unavailable } from '../ports/unavailable.ts';
import type { LogFields } from './observer.ts';

/**
 * What may be logged of an unexpected error: its class and where it happened. Messages are left out unless they are our
 * own: V8 quotes the text that JSON.parse failed on, and libraries quote what they were given.
 */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  // A message can hold lines that look like frames, so frames are looked for behind it only.
  const { stack = '', message } = error;
  const messageAt = stack.indexOf(message);
  const frames = (messageAt < 0 ? '' : stack.slice(messageAt + message.length))
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12);
  const own = error instanceof Unavailable ? { dependency: error.dependency, problem: error.message } : {};
  return { error: error.name, ...own, stack: frames.join('\n') };
}
