import { SettingError } from '../needs/settings.ts';
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
  return { error: error.name, ...ownFields(error), stack: frames.join('\n') };
}

/** Errors of ours whose messages hold no value: what did not answer, and which setting is missing or wrong. */
function ownFields(error: Error): LogFields {
  if (error instanceof Unavailable) return { dependency: error.dependency, problem: error.message };
  return error instanceof SettingError ? { problem: error.message } : {};
}
