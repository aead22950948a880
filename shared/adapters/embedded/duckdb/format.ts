import { isJsonObject, type JsonValue } from '../../../event/json.ts';
import type { QueryRows } from './query.ts';

export type ResultFormat = 'table' | 'json' | 'csv';

export interface FormatOptions {
  /** Widest cell of a table, in terminal columns; longer ones end in `…`. Default 60, at least 1. */
  readonly maxCellColumns?: number;
}

const defaultMaxCellColumns = 60;

/**
 * Characters that act instead of showing: controls of C0 and C1 (ESC begins terminal sequences, so does 0x9B), line and
 * paragraph separators, bidirectional overrides (CVE-2021-42574), byte order mark, and lone surrogates.
 */
const acting = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;
/** What terminals draw two columns wide: Unicode's East Asian Width W and F (UAX 11), as far as scripts tell, and emoji. */
const wide =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|\ufe0f/u;
const narrow = /^[\uff61-\uffdc\uffe8-\uffee]/u;
const zeroWidth = /^[\p{Mn}\p{Me}\u200b-\u200d]+$/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A result as text that ends in a line break.
 *
 * `table`: aligned for a terminal; nothing in it acts on the terminal. `json`: one array of objects, a row a line; escape
 * sequences cannot occur in it either. `csv`: RFC 4180, exactly the values and therefore no protection: a terminal would
 * act on control characters in it, and a spreadsheet on a text that begins with `=`. NULL is nothing, the empty text is
 * `""`, and nested values are JSON.
 */
export function formatRows(result: QueryRows, format: ResultFormat, options: FormatOptions = {}): string {
  if (format === 'json') return formatJson(result);
  if (format === 'csv') return formatCsv(result);
  return formatTable(result, options.maxCellColumns ?? defaultMaxCellColumns);
}

function formatJson({ columns, rows }: QueryRows): string {
  const objects = rows.map((row) => {
    const entries = columns.map(({ name }, index): [string, JsonValue] => [name, row[index] ?? null]);
    // Outside of strings JSON has none of these characters, so this escapes within strings only.
    return JSON.stringify(Object.fromEntries(entries)).replace(acting, escaped);
  });
  return objects.length === 0 ? '[]\n' : `[\n  ${objects.join(',\n  ')}\n]\n`;
}

/** RFC 4180: lines end in CRLF, a field with a comma, a quote or a line break is quoted, quotes are doubled. */
function formatCsv({ columns, rows }: QueryRows): string {
  const lines = [columns.map(({ name }) => csvField(name)), ...rows.map((row) => row.map(csvField))];
  return lines.map((fields) => `${fields.join(',')}\r\n`).join('');
}

function csvField(value: JsonValue): string {
  if (value === null) return '';
  const text = plainText(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function formatTable({ columns, rows, truncated }: QueryRows, maxCellColumns: number): string {
  const header = columns.map(({ name }) => visibleLine(name, maxCellColumns));
  const body = rows.map((row) =>
    row.map((value) => visibleLine(value === null ? 'NULL' : plainText(value), maxCellColumns)),
  );
  const widths = header.map((name, index) =>
    body.reduce((width, row) => Math.max(width, displayColumns(row[index] ?? '')), displayColumns(name)),
  );
  const numeric = header.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, index) => padded(text, widths[index] ?? 0, numeric[index] === true))
      .join(' | ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('-+-');
  return `${[line(header), rule, ...body.map(line), summary(rows.length, truncated)].join('\n')}\n`;
}

function summary(count: number, truncated: boolean): string {
  const counted = `${count} ${count === 1 ? 'row' : 'rows'}`;
  return truncated ? `(the first ${counted}; there are more)` : `(${counted})`;
}

function plainText(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) || isJsonObject(value) ? JSON.stringify(value) : String(value);
}

/** The text as one visible line of bounded width, in terminal columns; nothing in it acts on the terminal. */
export function visibleLine(text: string, maxColumns: number): string {
  // A grapheme may be many code units, but nothing further than this can be seen.
  const visible = text.slice(0, maxColumns * 16).replace(acting, escaped);
  let columns = 0;
  let kept = '';
  for (const { segment } of segmenter.segment(visible)) {
    const width = graphemeColumns(segment);
    if (columns + width > maxColumns) return `${shortened(kept, maxColumns - 1)}…`;
    columns += width;
    kept += segment;
  }
  return text.length > maxColumns * 16 ? `${shortened(kept, maxColumns - 1)}…` : kept;
}

function shortened(text: string, maxColumns: number): string {
  const graphemes = [...segmenter.segment(text)].map(({ segment }) => segment);
  while (graphemes.length > 0 && displayColumns(graphemes.join('')) > maxColumns) graphemes.pop();
  return graphemes.join('');
}

function padded(text: string, columns: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, columns - displayColumns(text)));
  return right ? space + text : text + space;
}

/** Columns that a text takes on a terminal. */
function displayColumns(text: string): number {
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) columns += graphemeColumns(segment);
  return columns;
}

function graphemeColumns(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0;
  return wide.test(grapheme) && !narrow.test(grapheme) ? 2 : 1;
}

/** As JSON escapes it: `\n`, `\u001b`. */
function escaped(character: string): string {
  const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
