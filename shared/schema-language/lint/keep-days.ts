import { isJsonObject, type JsonObject } from '../../event/json.ts';
import { keepDaysOf, keptValues } from '../../event-types/kept-values.ts';
import type { DecidedSchema } from '../../event-types/mapping/map-schema.ts';
import { errorAt, type Finding } from './finding.ts';

/** Values that are to be kept for fewer days than their rows, where that is no fewer, or where nothing could empty them. */
export function keepDaysFindings({ edi = {} }: JsonObject, { columns, decisions }: DecidedSchema): readonly Finding[] {
  const emptied = new Set(keptValues(columns).map(({ path }) => path.join('.')));
  const rowDays = isJsonObject(edi) ? edi['retentionDays'] : undefined;
  const findings = decisions.flatMap(({ column, pointer, treatment }): Finding[] => {
    const keepDays = keepDaysOf(treatment);
    if (keepDays === undefined) return [];
    const at = `${pointer}/treatment/keepDays`;
    if (typeof rowDays === 'number' && keepDays > rowDays) {
      const message = `the value would be kept for ${keepDays} days, and its row goes after ${rowDays} ("retentionDays")`;
      return [errorAt(at, 'keep-days', message, `${rowDays} days at most, or leave it out`)];
    }
    if (emptied.has(column)) return [];
    const message = 'this value has no column of its own that could be emptied: it is in a list of objects, or in JSON';
    return [
      errorAt(at, 'keep-days', message, 'give the treatment to the whole list or object, or leave "keepDays" out'),
    ];
  });
  const seen = new Set<string>();
  return findings.filter(({ pointer }) => !seen.has(pointer) && seen.add(pointer) !== undefined);
}
