import { alphaRetentionDays, type EdiBlock } from '../../shared/event-types/event-schema.ts';

const dayMicros = 86_400_000_000;

/**
 * Whether the type's table would drop the row at once. Ingest refuses what is older than the table keeps, but a batch may
 * have waited for weeks since. A partition is a day, and goes whole.
 */
export function isPastRetention(edi: EdiBlock, timeMicros: number, nowMillis: number): boolean {
  const days = edi.stage === 'alpha' ? alphaRetentionDays : edi.retentionDays;
  return Math.floor(timeMicros / dayMicros) + days < Math.floor((nowMillis * 1_000) / dayMicros);
}
