import { InvalidArgumentError } from 'commander';
import { parseInstant } from '../../shared/event/time.ts';

/** A day or a moment, RFC 3339, in Unix milliseconds. Throws for what is neither. */
export function readMoment(text: string): number {
  const instant = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant !== undefined && instant.epochSeconds >= 0) {
    return instant.epochSeconds * 1_000 + Math.floor(instant.micros / 1_000);
  }
  throw new InvalidArgumentError('Give a day such as 2026-11-28, or a time such as 2026-11-28T12:00:00Z.');
}
