import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { type Column, type ColumnType, columnTypes } from '../event-types/column.ts';
import type { EventSchema } from '../event-types/event-schema.ts';
import { decisionsOf } from '../event-types/mapping/map-schema.ts';
import { tableName } from '../event-types/table.ts';
import { inTheClear, type Treatments, treatmentsOf } from './treatments.ts';

/** What BigQuery has to know of a column; where its values come from does not matter to a table. */
export interface LockedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: Column['mode'];
  /** Of a RECORD. */
  readonly fields?: readonly LockedColumn[];
}

export interface LockedTable {
  readonly table: string;
  /** The whole table, envelope first. */
  readonly columns: readonly LockedColumn[];
  /** Of columns that are treated and properties that are dropped; absent where there are none. */
  readonly treatments?: Treatments;
}

/** The tables of all released types, by type: the content of `schemas/columns.lock.json`. */
export type ColumnsLock = ReadonlyMap<string, LockedTable>;

/** The lock's name in the schema folder. */
export const columnsLockFile = 'columns.lock.json';

/** The lock that these schemas make. Types in alpha have no table of their own, so they are not in it. */
export function lockOf(schemas: readonly EventSchema[]): ColumnsLock {
  const byType = schemas
    .filter(({ edi }) => edi.stage !== 'alpha')
    .map(({ edi, columns, schema }): [string, LockedTable] => {
      const treated = [...treatmentsOf(decisionsOf(schema))].filter(([, words]) => words !== inTheClear);
      const treatments = treated.length === 0 ? {} : { treatments: new Map(treated) };
      return [edi.type, { table: tableName(edi.type), columns: lockColumns(columns), ...treatments }];
    });
  return new Map(byType.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a lock holds of columns. */
export function lockColumns(columns: readonly Column[]): LockedColumn[] {
  return columns.map(lockColumn);
}

function lockColumn({ name, type, mode, fields }: Column): LockedColumn {
  return { name, type, mode, ...(fields === undefined ? {} : { fields: lockColumns(fields) }) };
}

export type ColumnsLockResult =
  | { readonly kind: 'lock'; readonly lock: ColumnsLock }
  | { readonly kind: 'bad'; readonly problems: readonly SchemaProblem[] };

/** Reads the content of a lock file. */
export function parseColumnsLock(value: JsonValue): ColumnsLockResult {
  const problems: SchemaProblem[] = [];
  const tables = new Map<string, LockedTable>();
  if (!isJsonObject(value)) problems.push({ pointer: '', message: 'a lock is an object with a table per event type' });
  for (const [type, entry] of Object.entries(isJsonObject(value) ? value : {})) {
    const pointer = `/${pointerSegment(type)}`;
    const table = isJsonObject(entry) ? entry['table'] : undefined;
    const columns = isJsonObject(entry) ? parseColumns(entry['columns'], `${pointer}/columns`, problems) : [];
    const treatments = isJsonObject(entry) ? parseTreatments(entry['treatments'], pointer, problems) : {};
    if (typeof table === 'string') tables.set(type, { table, columns, ...treatments });
    else problems.push({ pointer, message: 'an entry is an object with "table" and "columns"' });
  }
  return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'lock', lock: tables };
}

function parseTreatments(value: JsonValue | undefined, pointer: string, problems: SchemaProblem[]) {
  if (value === undefined) return {};
  const treatments = new Map<string, string>();
  for (const [path, words] of Object.entries(asObject(value)))
    if (typeof words === 'string') treatments.set(path, words);
  if (treatments.size > 0 && treatments.size === Object.keys(asObject(value)).length) return { treatments };
  problems.push({ pointer: `${pointer}/treatments`, message: 'treatments are texts by the path of their column' });
  return {};
}

/** Every payload column that holds values, and what the lock says is dropped. */
export function lockedTreatments({ columns, treatments }: LockedTable): Treatments {
  const data = columns.find(({ name }) => name === 'data');
  const clear = leafPaths(data?.fields ?? []).map((path): [string, string] => [path, inTheClear]);
  return new Map([...clear, ...(treatments ?? [])]);
}

function leafPaths(columns: readonly LockedColumn[]): string[] {
  return columns.flatMap(({ name, fields }) =>
    fields === undefined ? [name] : leafPaths(fields).map((path) => `${name}.${path}`),
  );
}

function parseColumns(value: JsonValue | undefined, pointer: string, problems: SchemaProblem[]): LockedColumn[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push({ pointer, message: 'columns are a list of at least one' });
    return [];
  }
  return value.flatMap((entry, index) => parseColumn(entry, `${pointer}/${index}`, problems) ?? []);
}

const modes = ['REQUIRED', 'NULLABLE', 'REPEATED'] as const;

function parseColumn(value: JsonValue, pointer: string, problems: SchemaProblem[]): LockedColumn | undefined {
  const entry: JsonObject = isJsonObject(value) ? value : {};
  const { name } = entry;
  const type = columnTypes.find((known) => known === entry['type']);
  const mode = modes.find((known) => known === entry['mode']);
  if (typeof name !== 'string' || type === undefined || mode === undefined) {
    const message = `a column has a "name", a "type" (${columnTypes.join(', ')}) and a "mode" (${modes.join(', ')})`;
    problems.push({ pointer, message });
    return undefined;
  }
  if (type !== 'RECORD') return { name, type, mode };
  return { name, type, mode, fields: parseColumns(entry['fields'], `${pointer}/fields`, problems) };
}

/** One line a column, as the formatter of this repository leaves it, so that a changed column is a changed line. */
export function formatColumnsLock(lock: ColumnsLock): string {
  const tables = [...lock].map(
    ([type, { table, columns, treatments }]) =>
      `  ${JSON.stringify(type)}: {\n    "table": ${JSON.stringify(table)},\n    ${formatColumns('columns', columns, 4)}${formatTreatments(treatments)}\n  }`,
  );
  return tables.length === 0 ? '{}\n' : `{\n${tables.join(',\n')}\n}\n`;
}

function formatTreatments(treatments: Treatments | undefined): string {
  if (treatments === undefined) return '';
  const lines = [...treatments].map(([path, words]) => `      ${JSON.stringify(path)}: ${JSON.stringify(words)}`);
  return `,\n    "treatments": {\n${lines.join(',\n')}\n    }`;
}

const lineWidth = 120;

/** The formatter writes a list of one short entry on one line, and breaks longer lists. */
function formatColumns(key: string, columns: readonly LockedColumn[], indent: number): string {
  const [only, another] = columns;
  if (only !== undefined && another === undefined && only.fields === undefined) {
    const oneLine = `"${key}": [${leafText(only)}]`;
    if (indent + oneLine.length <= lineWidth) return oneLine;
  }
  const lines = columns.map((column) => formatColumn(column, indent + 2));
  return `"${key}": [\n${lines.join(',\n')}\n${' '.repeat(indent)}]`;
}

function formatColumn(column: LockedColumn, indent: number): string {
  const pad = ' '.repeat(indent);
  const oneLine = `${pad}${leafText(column)}`;
  // A comma may follow.
  if (column.fields === undefined && oneLine.length < lineWidth) return oneLine;
  const inner = ' '.repeat(indent + 2);
  const entries = leafEntries(column);
  if (column.fields !== undefined) entries.push(formatColumns('fields', column.fields, indent + 2));
  return `${pad}{\n${entries.map((entry) => inner + entry).join(',\n')}\n${pad}}`;
}

function leafText(column: LockedColumn): string {
  return `{ ${leafEntries(column).join(', ')} }`;
}

function leafEntries({ name, type, mode }: LockedColumn): string[] {
  return Object.entries({ name, type, mode }).map(([key, text]) => `"${key}": ${JSON.stringify(text)}`);
}
