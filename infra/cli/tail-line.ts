import { styleText } from 'node:util';
import { displayColumns, visibleLine } from '../../shared/adapters/embedded/duckdb/format.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { datasets } from '../naming.ts';

/** What the operator's /tail tells in a line. */
export type TailEntry =
  | { readonly kind: 'row'; readonly dataset: string; readonly table: string; readonly row: JsonObject }
  /** So many rows were left out, because this reader was too slow. */
  | { readonly kind: 'lost'; readonly rows: number }
  /** Rows of before have been told; what follows happens now. */
  | { readonly kind: 'history' };

export interface TailFilter {
  /** Only this event type. */
  readonly type?: string;
  /** Only events that were refused. */
  readonly rejected: boolean;
}

/** Reads a line of /tail; undefined when it is none. */
export function readTailLine(line: string): TailEntry | undefined {
  const value = parseJson(line);
  if (!isJsonObject(value)) return undefined;
  const { dataset, table, row, lost, history } = value;
  if (typeof lost === 'number') return { kind: 'lost', rows: lost };
  if (typeof history === 'number') return { kind: 'history' };
  if (typeof dataset !== 'string' || typeof table !== 'string' || !isJsonObject(row)) return undefined;
  return { kind: 'row', dataset, table, row };
}

/** Whether the filter lets a row through. */
export function passes({ dataset, table, row }: TailEntry & { kind: 'row' }, filter: TailFilter): boolean {
  const refused = dataset === datasets.operations;
  if (filter.rejected && !refused) return false;
  if (filter.type === undefined) return true;
  return refused || isShared(table) ? row['type'] === filter.type : table === tableName(filter.type);
}

export interface LineOptions {
  /** Event types by table name, as far as they are known; another table is shown by its own name. */
  readonly types: ReadonlyMap<string, string>;
  /** Width of the terminal; undefined for a pipe, in which everything stands up to `maxPlainColumns`. */
  readonly terminalColumns: number | undefined;
  readonly colors: boolean;
  /** What the schema of a type wants at a place of the data, as far as it is known. */
  readonly expectedAt: (type: string, path: string, keyword: string) => string | undefined;
}

/**
 * A row as one line, no wider than the terminal, in which nothing acts on it: local time of reception, type, SDK, id (or key,
 * where the id is not shown), pseudonym of the source, data. A refused one: reason, type, SDK, and of what is wrong path,
 * keyword, and what was wanted. The narrower the terminal, the less stands before the data.
 */
export function tailLine({ dataset, table, row }: TailEntry & { kind: 'row' }, options: LineOptions): string {
  const layout = layoutOf(options.terminalColumns);
  const time = { text: localTime(row['received_time'], layout.millis), color: 'dim' } as const;
  const parts = dataset === datasets.operations ? refusedParts(row, options) : eventParts(table, row, options);
  return fitted([time, ...parts], options);
}

interface Layout {
  readonly millis: boolean;
  /** Whether types and SDKs stand below each other. */
  readonly aligned: boolean;
  /** Characters of an id, from its end, where those of version 7 differ; and of a pseudonym. */
  readonly idLength: number;
  readonly pseudonymLength: number;
}

/** Widest line where no terminal tells its width. */
const maxPlainColumns = 1_000;
const wholeId = 100;
/** Enough to tell installations apart. */
const shownPseudonymLength = 12;
/** A terminal of so many columns shows everything, and of so many nearly everything. */
const [wideColumns, mediumColumns] = [160, 110];

function layoutOf(terminalColumns: number | undefined): Layout {
  const plain = { millis: true, idLength: wholeId, pseudonymLength: shownPseudonymLength };
  if (terminalColumns === undefined) return { ...plain, aligned: false };
  if (terminalColumns >= wideColumns) return { ...plain, aligned: true };
  if (terminalColumns >= mediumColumns) return { millis: true, aligned: true, idLength: 8, pseudonymLength: 6 };
  return { millis: false, aligned: false, idLength: 6, pseudonymLength: 0 };
}

interface Part {
  readonly text: string;
  readonly color?: 'dim' | 'cyan' | 'green' | 'red';
  /** Filled up to so many columns. */
  readonly padTo?: number;
}

const maxTypeColumns = 40;
const sdkColumns = 8;

function eventParts(table: string, row: JsonObject, { types, terminalColumns }: LineOptions): Part[] {
  const { aligned, idLength, pseudonymLength } = layoutOf(terminalColumns);
  const typeColumns = Math.min(maxTypeColumns, Math.max(0, ...[...types.values()].map((type) => type.length)));
  const id = text(row['event_id'] ?? row['event_key']);
  const source = text(row['source']).slice(0, pseudonymLength);
  return [
    {
      text: isShared(table) ? text(row['type']) : (types.get(table) ?? table),
      color: 'cyan',
      ...(aligned ? { padTo: typeColumns } : {}),
    },
    { text: text(row['sdk']), color: 'green', ...(aligned ? { padTo: sdkColumns } : {}) },
    { text: id.length > idLength ? `…${id.slice(-idLength)}` : id, color: 'dim' },
    ...(pseudonymLength > 0 ? [{ text: source, color: 'dim' } as const] : []),
    { text: dataText(table, row['data']) },
  ];
}

/** The data of rows in alpha is JSON text as they are written, and JSON as they are read again. */
function dataText(table: string, data: JsonValue | undefined): string {
  if (isShared(table) && typeof data === 'string') return data;
  return isShared(table) && data === undefined ? '-' : JSON.stringify(data ?? {});
}

function refusedParts(row: JsonObject, options: LineOptions): Part[] {
  return [
    { text: 'REJECTED', color: 'red' },
    { text: text(row['reason']), color: 'red' },
    { text: text(row['type']), color: 'cyan' },
    { text: text(row['sdk']), color: 'green' },
    ...errorParts(row, options).map((part) => ({ text: part })),
  ];
}

/** Colours come last, so that what a part says can neither make one nor be cut in one. */
function fitted(parts: readonly Part[], { terminalColumns = maxPlainColumns, colors }: LineOptions): string {
  let left = terminalColumns;
  let line = '';
  for (const [at, { text: whole, color, padTo = 0 }] of parts.entries()) {
    const gap = line === '' ? '' : ' ';
    const room = left - gap.length;
    const shown = visibleLine(whole, room);
    const padded = shown + ' '.repeat(Math.max(0, padTo - displayColumns(shown)));
    // A next part needs a space and a column of its own; else this one says that there is more.
    const isEnd = at < parts.length - 1 && displayColumns(padded) > room - 2;
    const filled = isEnd ? visibleLine(`${padded}   `, room) : padded;
    line += gap + (colors && color !== undefined ? styleText(color, filled, { validateStream: false }) : filled);
    if (isEnd) break;
    left -= gap.length + displayColumns(filled);
  }
  return line;
}

/** The rows of types in alpha say whose they are; their data is JSON text. */
function isShared(table: string): boolean {
  return table === alphaSink;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '-';
}

function errorParts({ type, errors }: JsonObject, { expectedAt }: LineOptions): string[] {
  const list = Array.isArray(errors) ? errors.filter(isJsonObject) : [];
  return list.flatMap(({ path, keyword }) => {
    const expected = expectedAt(text(type), text(path), text(keyword));
    // An empty path is the whole event.
    return [
      path === '' ? '/' : text(path),
      text(keyword),
      ...(expected === undefined ? [] : [`(wanted: ${expected})`]),
    ];
  });
}

function localTime(value: JsonValue | undefined, millis: boolean): string {
  const time = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(time.getTime())) return millis ? '--:--:--.---' : '--:--:--';
  const pad = (part: number, digits: number) => String(part).padStart(digits, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => pad(part, 2)).join(':');
  return millis ? `${clock}.${pad(time.getMilliseconds(), 3)}` : clock;
}
