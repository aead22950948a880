import type { EventSchema } from '../../shared/event-types/event-schema.ts';

const dayMicros = 86_400_000_000;

/**
 * Whether the type's table would drop the row at once. Ingest refuses what is older than the table keeps, but a batch may
 * have waited for weeks since. A partition is a day, and goes whole.
 */
export function isPastRetention(
  { keptDays }: Pick<EventSchema, 'keptDays'>,
  timeMicros: number,
  nowMillis: number,
): boolean {
  return Math.floor(timeMicros / dayMicros) + keptDays < Math.floor((nowMillis * 1_000) / dayMicros);
}
