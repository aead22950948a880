import { visibleLine } from '../../shared/adapters/embedded/duckdb/format.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { datasets } from '../naming.ts';

/** What the operator's /tail tells in a line. */
export type TailEntry =
  | { readonly kind: 'row'; readonly dataset: string; readonly table: string; readonly row: JsonObject }
  /** So many rows were left out, because this reader was too slow. */
  | { readonly kind: 'lost'; readonly rows: number };

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
  const { dataset, table, row, lost } = value;
  if (typeof lost === 'number') return { kind: 'lost', rows: lost };
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

/** Enough to tell installations apart. */
const shownPseudonymLength = 12;

export interface LineOptions {
  /** Event types by table name, as far as they are known; another table is shown by its own name. */
  readonly types: ReadonlyMap<string, string>;
  readonly maxColumns: number;
  /** What the schema of a type wants at a place of the data, as far as it is known. */
  readonly expectedAt: (type: string, path: string, keyword: string) => string | undefined;
}

/**
 * A row as one line of at most `maxColumns` terminal columns in which nothing acts on the terminal: local time of
 * reception, type, SDK, id (or key, where the id is not shown), pseudonym of the source, data. A refused one: reason, type,
 * SDK, and of what is wrong path, keyword, and what was wanted.
 */
export function tailLine({ dataset, table, row }: TailEntry & { kind: 'row' }, options: LineOptions): string {
  const parts =
    dataset === datasets.operations
      ? ['REJECTED', text(row['reason']), text(row['type']), text(row['sdk']), ...errorParts(row, options)]
      : [
          isShared(table) ? text(row['type']) : (options.types.get(table) ?? table),
          text(row['sdk']),
          text(row['event_id'] ?? row['event_key']),
          text(row['source']).slice(0, shownPseudonymLength),
          isShared(table) ? text(row['data']) : JSON.stringify(row['data'] ?? {}),
        ];
  return visibleLine([localTime(row['received_time']), ...parts].join(' '), options.maxColumns);
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

function localTime(value: JsonValue | undefined): string {
  const time = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(time.getTime())) return '--:--:--.---';
  const pad = (part: number, digits: number) => String(part).padStart(digits, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => pad(part, 2)).join(':');
  return `${clock}.${pad(time.getMilliseconds(), 3)}`;
}
