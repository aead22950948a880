import { displayColumns, visibleLine } from '../../shared/adapters/embedded/duckdb/format.ts';
import type { QueryRows } from '../../shared/adapters/embedded/duckdb/query.ts';
import type { JsonValue } from '../../shared/event/json.ts';

export interface PlotOptions {
  /** Width of the plot, in terminal columns. */
  readonly columns: number;
  readonly colors: boolean;
}

/** A column of numbers; null where a row has none. */
interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

/** More bars are a table's work; the rest is counted. */
const maxBars = 200;
const maxLabelColumns = 32;
const minBarColumns = 8;
/** Lines of text of a line plot; each has four dots. */
const lineRows = 8;
/** Fewer times are bars. */
const minLineRows = 3;

/**
 * Plots a result in text that ends in a line break: its first column is what the others, the numbers among them, are
 * plotted by. A line plot for each where the first column is a time, in the order of time; else a bar for each value.
 * Undefined where there is nothing to plot: no rows, or no numbers after the first column.
 */
export function plotRows(result: QueryRows, options: PlotOptions): string | undefined {
  const series = seriesOf(result);
  const [first] = result.columns;
  if (first === undefined || series.length === 0) return undefined;
  const isTime = /^(TIMESTAMP|DATE)\b/.test(first.type);
  const times = result.rows.map(([value]) => Date.parse(String(value)));
  const isLine = isTime && times.length >= minLineRows && times.every((time) => !Number.isNaN(time));
  return isLine ? linePlots(result, series, times, options) : bars(result, series, options);
}

function seriesOf({ columns, rows }: QueryRows): Series[] {
  return columns.flatMap(({ name, type }, at) => {
    if (at === 0) return [];
    const isNumeric = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UINTEGER|DOUBLE|FLOAT|DECIMAL\(\d+,\s*\d+\))$/.test(type);
    const values = rows.map((row) => numberOf(row[at] ?? null));
    return isNumeric && values.some((value) => value !== null) ? [{ name, values }] : [];
  });
}

/** Numbers that JSON would round come as texts. */
function numberOf(value: JsonValue): number | null {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function painter({ colors }: PlotOptions): (text: string) => string {
  return colors ? (text) => `\u001b[36m${text}\u001b[39m` : (text) => text;
}

function bars({ rows, truncated }: QueryRows, series: readonly Series[], options: PlotOptions): string {
  const paint = painter(options);
  const shown = rows.slice(0, maxBars);
  const labels = shown.map(([value]) =>
    visibleLine(typeof value === 'string' ? value : JSON.stringify(value ?? null), maxLabelColumns),
  );
  const widest = Math.max(...labels.map(displayColumns));
  const plots = series.map(({ name, values }) => {
    const texts = values.slice(0, maxBars).map((value) => (value === null ? 'NULL' : String(value)));
    const space = options.columns - widest - Math.max(...texts.map((text) => text.length)) - 2;
    const scale = barScale(values, Math.max(minBarColumns, space));
    const lines = labels.map((label, at) => {
      const bar = barOf(values[at] ?? null, scale);
      return `${label}${' '.repeat(widest - displayColumns(label))} ${paint(bar)} ${texts[at] ?? ''}`;
    });
    return `${[visibleLine(name, options.columns), ...lines].join('\n')}\n`;
  });
  const left = rows.length - shown.length;
  const note = left > 0 || truncated ? `(the first ${shown.length} rows; there are more)\n` : '';
  return plots.join('\n') + note;
}

interface BarScale {
  readonly low: number;
  readonly high: number;
  readonly columns: number;
}

/** From the least or zero to the greatest or zero. */
function barScale(values: readonly (number | null)[], columns: number): BarScale {
  const numbers = values.filter((value) => value !== null);
  const low = numbers.reduce((least, value) => Math.min(least, value), 0);
  return { low, high: numbers.reduce((greatest, value) => Math.max(greatest, value), 0), columns };
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar from zero, to the eighth of a column; below zero to the whole one. */
function barOf(value: number | null, { low, high, columns }: BarScale): string {
  const perUnit = high === low ? 0 : columns / (high - low);
  const zero = Math.round(-low * perUnit);
  if (value === null) return '';
  if (value < 0) {
    const length = Math.max(1, Math.round(-value * perUnit));
    return `${' '.repeat(Math.max(0, zero - length))}${'█'.repeat(length)}`;
  }
  const parts = Math.round(value * perUnit * 8);
  return ' '.repeat(zero) + '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

function linePlots(
  { rows, truncated }: QueryRows,
  series: readonly Series[],
  times: readonly number[],
  options: PlotOptions,
): string {
  const order = times.map((_, at) => at).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const edge = (at: number | undefined) => String(rows[at ?? 0]?.[0] ?? '');
  const [from, to] = [edge(order[0]), edge(order.at(-1))];
  const plots = series.map(({ name, values }) => {
    const points = order.flatMap((at) => {
      const [x, y] = [times[at] ?? 0, values[at] ?? null];
      return y === null ? [] : [{ x, y }];
    });
    const [low, high] = [least(points.map(({ y }) => y)), -least(points.map(({ y }) => -y))];
    const axis = Math.max(String(low).length, String(high).length);
    const width = Math.max(minBarColumns, options.columns - axis - 3);
    const drawn = drawLine(points, { from: least(times), to: -least(times.map((time) => -time)), low, high, width });
    const lines = drawn.map((line, at) => {
      const mark = at === 0 ? String(high) : at === drawn.length - 1 ? String(low) : '';
      return `${mark.padStart(axis)} │ ${painter(options)(line)}`.trimEnd();
    });
    const ends = `${' '.repeat(axis)} └ ${endsText(from, to, width)}`;
    return `${[visibleLine(name, options.columns), ...lines, ends].join('\n')}\n`;
  });
  return plots.join('\n') + (truncated ? `(the first ${rows.length} rows; there are more)\n` : '');
}

/** The first and the last time; to the minute, the day, or not at all where there is no room for them. */
function endsText(from: string, to: string, width: number): string {
  const length = [Math.max(from.length, to.length), '2026-11-29T12:00'.length, '2026-11-29'.length].find(
    (candidate) => candidate * 2 < width,
  );
  if (length === undefined) return '';
  const [first, last] = [from.slice(0, length), to.slice(0, length)];
  return first + ' '.repeat(width - first.length - last.length) + last;
}

/** Not by `Math.min(...values)`, which takes no hundred thousand. */
function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Infinity);
}

interface LineScale {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  /** In columns of text, each of two dots. */
  readonly width: number;
}

/** Points in the order of x, joined by lines, in Braille: a character is two dots wide and four high. */
function drawLine(points: readonly { readonly x: number; readonly y: number }[], scale: LineScale): string[] {
  const [wide, high] = [scale.width * 2, lineRows * 4];
  const cells = Array.from({ length: lineRows }, () => new Array<number>(scale.width).fill(0));
  const dot = (x: number, y: number) => {
    const row = cells[Math.floor((high - 1 - y) / 4)];
    const column = Math.floor(x / 2);
    if (row !== undefined) row[column] = (row[column] ?? 0) | brailleBit(x % 2, (high - 1 - y) % 4);
  };
  const place = (value: number, low: number, top: number, dots: number) =>
    top === low ? 0 : Math.round(((value - low) / (top - low)) * (dots - 1));
  let before: { readonly x: number; readonly y: number } | undefined;
  for (const point of points) {
    const now = { x: place(point.x, scale.from, scale.to, wide), y: place(point.y, scale.low, scale.high, high) };
    const { x, y } = before ?? now;
    const steps = Math.max(Math.abs(now.x - x), Math.abs(now.y - y), 1);
    for (let step = 0; step <= steps; step++) {
      dot(Math.round(x + ((now.x - x) * step) / steps), Math.round(y + ((now.y - y) * step) / steps));
    }
    before = now;
  }
  return cells.map((row) => row.map((bits) => (bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits))).join(''));
}

/** Unicode's order of the dots of a Braille character. */
function brailleBit(x: number, y: number): number {
  if (y === 3) return x === 0 ? 0x40 : 0x80;
  return 1 << (y + x * 3);
}
