import type { JsonObject } from '../../../shared/event/json.ts';
import { parseInstant } from '../../../shared/event/time.ts';
import { compilePattern } from '../../../shared/legacy/time-pattern.ts';

/** What is seen of a column. */
export interface SeenColumn {
  readonly name: string;
  readonly cells: readonly string[];
}

const nullTokens = ['\\N', 'NULL', 'null', '-', 'NA'];

/** Tokens that stand for null somewhere: an empty cell, and words that whole columns of other things have between. */
export function inferNulls(columns: readonly SeenColumn[]): readonly string[] {
  const used = nullTokens.filter((token) => columns.some(({ cells }) => cells.includes(token)));
  return [...used, ''];
}

const zoneless: readonly (readonly [format: string, pattern: string])[] = [
  ['sql', 'YYYY-MM-DD HH:mm:ss.S'],
  ['iso', "YYYY-MM-DD'T'HH:mm:ss.S"],
  ['compact', 'YYYYMMDDHHmmss'],
  ['ctime', 'ddd MMM D HH:mm:ss YYYY'],
  ['DD.MM.YYYY HH:mm:ss', 'DD.MM.YYYY HH:mm:ss'],
];
const zoned: readonly (readonly [format: string, pattern: string])[] = [
  ['apache', 'DD/MMM/YYYY:HH:mm:ss Z'],
  ['rfc2822', 'ddd, D MMM YYYY HH:mm:ss Z'],
];

/** Numbers of time since 1970 are looked for between 1995 and 2100. */
const [from, to] = [788_918_400, 4_102_444_800];
const unixUnits: readonly (readonly [format: string, perSecond: number])[] = [
  ['unix-s', 1],
  ['unix-ms', 1e3],
  ['unix-us', 1e6],
  ['unix-ns', 1e9],
];

/** What all cells of a column are, as a mapping says it; an empty object for texts. */
export function inferSpec({ name, cells }: SeenColumn, nulls: readonly string[]): JsonObject {
  const values = cells.filter((cell) => !nulls.includes(cell));
  if (values.length === 0) return {};
  const all = (test: (cell: string) => boolean) => values.every(test);
  const time = inferTime(name, all);
  if (time !== undefined) return time;
  if (all((cell) => /^(?:true|false)$/i.test(cell)) || all((cell) => /^[TF]$/.test(cell))) return { type: 'boolean' };
  if (all((cell) => /^-?(?:0|[1-9]\d{0,14})$/.test(cell))) return { type: 'integer' };
  if (all((cell) => /^-?\d{1,15}(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(cell) && !/^-?0\d/.test(cell)))
    return { type: 'number' };
  if (all((cell) => /^\d{4}-\d{2}-\d{2}$/.test(cell))) return { type: 'date' };
  if (all((cell) => /^[[{].*[\]}]$/s.test(cell))) return { type: 'json' };
  return {};
}

function inferTime(name: string, all: (test: (cell: string) => boolean) => boolean): JsonObject | undefined {
  if (all((cell) => parseInstant(cell) !== undefined)) return { type: 'time', format: 'rfc3339' };
  const fits = (pattern: string) => {
    const compiled = compilePattern(pattern);
    return all((cell) => compiled?.parse(cell, () => 0) !== undefined);
  };
  const own = zoned.find(([, pattern]) => fits(pattern));
  if (own !== undefined) return { type: 'time', format: own[0] };
  const local = zoneless.find(([, pattern]) => fits(pattern));
  // What a person has to look at: files rarely say it.
  if (local !== undefined) return { type: 'time', format: local[0], zone: 'UTC' };
  if (!/time|date|_at$|At$|^ts$|stamp|^column_\d+$/.test(name) || !all((cell) => /^\d{9,19}(?:\.\d+)?$/.test(cell)))
    return undefined;
  const unit = unixUnits.find(([, perSecond]) =>
    all((cell) => Number(cell) / perSecond >= from && Number(cell) / perSecond < to),
  );
  return unit === undefined ? undefined : { type: 'time', format: unit[0] };
}
