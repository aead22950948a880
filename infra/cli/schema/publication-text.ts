import type { PublicationAttempt } from '../../../shared/ports/publications.ts';

/** Why a schema was refused or waits, a line each. */
export function reasonLines({ reasons }: PublicationAttempt): string[] {
  return reasons.map(({ pointer, message }) => `  ${pointer === '' ? '' : `${pointer}: `}${message}`);
}
