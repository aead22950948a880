import type { JsonObject } from '../../../shared/event/json.ts';
import { parseInstant } from '../../../shared/event/time.ts';
import { formatPattern } from '../../../shared/legacy/times.ts';

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

/** Formats that texts are tried with; those that tell a zone first. */
const textFormats = ['apache', 'rfc2822', 'sql', 'iso', 'compact', 'ctime', 'DD.MM.YYYY HH:mm:ss'];

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
  for (const format of textFormats) {
    const pattern = formatPattern(format);
    if (pattern === undefined || !all((cell) => pattern.parse(cell, () => 0) !== undefined)) continue;
    // A zone is what a person has to look at: files rarely say it.
    return { type: 'time', format, ...(pattern.hasOffset ? {} : { zone: 'UTC' }) };
  }
  if (!/time|date|_at$|At$|^ts$|stamp|^column_\d+$/.test(name) || !all((cell) => /^\d{9,19}(?:\.\d+)?$/.test(cell)))
    return undefined;
  const unit = unixUnits.find(([, perSecond]) =>
    all((cell) => Number(cell) / perSecond >= from && Number(cell) / perSecond < to),
  );
  return unit === undefined ? undefined : { type: 'time', format: unit[0] };
}
