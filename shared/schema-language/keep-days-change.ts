import type { SchemaProblem } from '../event/schema-problem.ts';
import type { EventSchema } from '../event-types/event-schema.ts';
import { keepDaysOf } from '../event-types/kept-values.ts';
import { decisionsOf } from '../event-types/mapping/map-schema.ts';

/** A value that is kept for fewer days from now on. */
export interface ShorterKept {
  readonly pointer: string;
  readonly beforeDays: number;
  readonly afterDays: number;
}

/** Of values that both revisions have: one without days of its own is kept as long as its row. Pointers lead into `next`. */
export function shorterKept(active: EventSchema, next: EventSchema): readonly ShorterKept[] {
  const after = decisionsOf(next.schema).filter(({ treatment }) => keepDaysOf(treatment) !== undefined);
  if (after.length === 0) return [];
  const before = new Map(decisionsOf(active.schema).map(({ column, treatment }) => [column, { treatment }]));
  return after.flatMap(({ column, pointer, treatment }) => {
    const known = before.get(column);
    if (known === undefined || known.treatment?.do === 'drop') return [];
    const beforeDays = keepDaysOf(known.treatment) ?? active.edi.retentionDays;
    const afterDays = keepDaysOf(treatment) ?? next.edi.retentionDays;
    return afterDays < beforeDays ? [{ pointer: `${pointer}/treatment/keepDays`, beforeDays, afterDays }] : [];
  });
}

/** Those that are cut below the days for which a type's own retention is never cut. */
export function keepDaysChanges(active: EventSchema, next: EventSchema, minDays: number): readonly SchemaProblem[] {
  return shorterKept(active, next)
    .filter(({ beforeDays, afterDays }) => afterDays < Math.min(beforeDays, minDays))
    .map(({ pointer, beforeDays, afterDays }) => ({
      pointer,
      message:
        `the value was kept for ${beforeDays} days and would be for ${afterDays}; resends of the last ${minDays} days ` +
        'are still written, and would be emptied at once: keep that many days at least',
    }));
}
