import { isJsonObject, type JsonValue } from '../../../event/json.ts';
import type { QueryRows } from './query.ts';

export type ResultFormat = 'table' | 'json' | 'csv';

export interface FormatOptions {
  /** Widest cell of a table, in terminal columns; longer ones end in `…`. Default 60, at least 1; infinite: none is cut. */
  readonly maxCellColumns?: number;
  /**
   * Width of the terminal that shows the table, instead of the above: its widest cells are cut until no line is wider. Where
   * they would be less than 16 columns, each row becomes a block with a line a value, for the terminal to wrap; nothing is cut.
   */
  readonly terminalColumns?: number;
}

const defaultMaxCellColumns = 60;
/** Cells of a table are cut to no less than this, to fit a terminal. */
const minCutColumns = 16;
/** What is wider pushes the rest of its line, so that one long value does not make every line long. */
const maxPaddedColumns = 60;
const separator = ' | ';

/**
 * Characters that act instead of showing: controls of C0 and C1 (ESC begins terminal sequences, so does 0x9B), line and
 * paragraph separators, bidirectional overrides (CVE-2021-42574), byte order mark, and lone surrogates.
 */
const acting = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;
/** What terminals draw two columns wide: Unicode's East Asian Width W and F (UAX 11), as far as scripts tell, and emoji. */
const wide =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|\ufe0f/u;
const narrow = /^[\uff61-\uffdc\uffe8-\uffee]/u;
/** A column a character; most text is, and need not be segmented. */
const plain = /^[ -~]*$/;
const zeroWidth = /^[\p{Mn}\p{Me}\u200b-\u200d]+$/u;
let segmenter: Intl.Segmenter | undefined;

/** Made when a text first needs it: that takes 20 ms, and most text is plain. */
function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

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
  return formatTable(result, options);
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

function formatTable(result: QueryRows, { maxCellColumns, terminalColumns }: FormatOptions): string {
  if (terminalColumns === undefined) return tableText(layOut(result, maxCellColumns ?? defaultMaxCellColumns), result);
  const whole = layOut(result, terminalColumns);
  if (tableColumns(whole.widths, terminalColumns) <= terminalColumns) return tableText(whole, result);
  for (let cut = terminalColumns; cut >= minCutColumns; cut--) {
    if (tableColumns(whole.widths, cut) <= terminalColumns) return tableText(layOut(result, cut), result);
  }
  return formatVertical(result, terminalColumns);
}

interface TableLayout {
  readonly header: readonly string[];
  readonly body: readonly (readonly string[])[];
  /** Of the widest cell of each column. */
  readonly widths: readonly number[];
}

function layOut({ columns, rows }: QueryRows, maxCellColumns: number): TableLayout {
  const header = columns.map(({ name }) => visibleLine(name, maxCellColumns));
  const body = rows.map((row) => row.map((value) => visibleLine(cellText(value), maxCellColumns)));
  const widths = header.map((name, index) =>
    body.reduce((width, row) => Math.max(width, displayColumns(row[index] ?? '')), displayColumns(name)),
  );
  return { header, body, widths };
}

/** Width of a table whose cells are cut to so many columns. */
function tableColumns(widths: readonly number[], cut: number): number {
  const cells = widths.reduce((sum, width) => sum + Math.min(width, cut), 0);
  return cells + separator.length * Math.max(0, widths.length - 1);
}

function tableText({ header, body, widths: whole }: TableLayout, { rows, truncated }: QueryRows): string {
  const widths = whole.map((width) => Math.min(width, maxPaddedColumns));
  const numeric = header.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, index) => padded(text, widths[index] ?? 0, numeric[index] === true))
      .join(separator)
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('-+-');
  return `${[line(header), rule, ...body.map(line), summary(rows.length, truncated)].join('\n')}\n`;
}

/** A block a row, a line a value, nothing cut: long values are for the terminal to wrap. */
function formatVertical({ columns, rows, truncated }: QueryRows, terminalColumns: number): string {
  const names = columns.map(({ name }) => visibleLine(name, Math.max(1, Math.floor(terminalColumns / 2))));
  const width = names.reduce((widest, name) => Math.max(widest, displayColumns(name)), 0);
  const blocks = rows.map((row, index) => {
    const title = `-[ ${index + 1} ]`;
    const lines = names.map(
      (name, at) => `${padded(name, width, false)}${separator}${visibleLine(cellText(row[at] ?? null), Infinity)}`,
    );
    return [title + '-'.repeat(Math.max(0, terminalColumns - title.length)), ...lines].join('\n');
  });
  return `${[...blocks, summary(rows.length, truncated)].join('\n')}\n`;
}

function cellText(value: JsonValue): string {
  return value === null ? 'NULL' : plainText(value);
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
  if (visible.length <= maxColumns && plain.test(visible)) return visible;
  let columns = 0;
  let kept = '';
  for (const { segment } of segmentsOf(visible)) {
    const width = graphemeColumns(segment);
    if (columns + width > maxColumns) return `${shortened(kept, maxColumns - 1)}…`;
    columns += width;
    kept += segment;
  }
  return text.length > maxColumns * 16 ? `${shortened(kept, maxColumns - 1)}…` : kept;
}

function shortened(text: string, maxColumns: number): string {
  const graphemes = [...segmentsOf(text)].map(({ segment }) => segment);
  while (graphemes.length > 0 && displayColumns(graphemes.join('')) > maxColumns) graphemes.pop();
  return graphemes.join('');
}

function padded(text: string, columns: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, columns - displayColumns(text)));
  return right ? space + text : text + space;
}

/** Columns that a text takes on a terminal. */
export function displayColumns(text: string): number {
  if (plain.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of segmentsOf(text)) columns += graphemeColumns(segment);
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
