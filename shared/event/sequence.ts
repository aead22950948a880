import type { JsonObject } from './json.ts';

/** The largest INT64. */
const maxSequence = 2n ** 63n - 1n;
/** As many digits as zeros may lead. */
const digits = /^\d{1,64}$/;

/**
 * The number that the client gave an event of its source and type (CloudEvents extension `sequence`, version 1.0): an
 * integer, or a string of digits. The extension itself allows any string that sorts; only a number tells how many are
 * missing between two, so any other string is `unusable`, and so is what is negative or no INT64. Zeros may lead, since
 * strings that sort have them. It is never a reason to refuse an event: what it measures is less than the event.
 */
export function readSequence({ sequence = null }: JsonObject): bigint | 'unusable' | undefined {
  if (sequence === null) return undefined;
  if (typeof sequence === 'number')
    return Number.isSafeInteger(sequence) && sequence >= 0 ? BigInt(sequence) : 'unusable';
  if (typeof sequence !== 'string' || !digits.test(sequence)) return 'unusable';
  const value = BigInt(sequence);
  return value <= maxSequence ? value : 'unusable';
}
