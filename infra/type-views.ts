import { domainOf, parseEventTypeName } from '../shared/event/event-type-name.ts';
import { type Column, ownColumn } from '../shared/event-types/column.ts';
import type { EventSchema } from '../shared/event-types/event-schema.ts';
import { tableName } from '../shared/event-types/table.ts';
import { datasets } from './naming.ts';
import type { Dialect } from './sql-dialect.ts';

/** A view over all majors of an event type. */
export interface TypeViewSpec {
  readonly dataset: string;
  readonly view: string;
  readonly description: string;
  readonly columns: readonly Column[];
  /** Of the domain that the types are in. */
  readonly domain: string;
  /** The exact views that it reads, of the same dataset. */
  readonly reads: readonly string[];
  readonly query: (dialect: Dialect) => string;
}

/** What of a type is in its table. */
interface Major {
  readonly major: number;
  readonly type: string;
  readonly columns: readonly Column[];
}

const majorColumn = ownColumn('major', 'INT64', 'REQUIRED', 'Major version of the type that the event was sent as');
const payload = 'data';

/** `<domain>.<event>`. */
export function eventOf(type: string): string {
  return type.replace(/\.v\d+$/, '');
}

/** `<domain>_<event>`, which has no major version: the view of all majors of a type. */
export function typeViewName(type: string): string {
  return tableName(type).replace(/_v\d+$/, '');
}

/**
 * A view for each event, whatever its major: of the types that have tables of their own. The newest says the order of
 * columns. Columns that have one type in all majors that have them are columns of the view, fields of `data` likewise;
 * fields of which there are two are in `data_v<major>`, whole. What a major does not have is NULL, or the empty array.
 */
export function typeViews(schemas: readonly EventSchema[]): TypeViewSpec[] {
  const families = Map.groupBy(schemas, ({ edi }) => eventOf(edi.type));
  return [...families.values()].flatMap((members) => {
    const majors = members
      .map(({ edi, columns }) => ({ ...edi, major: parseEventTypeName(edi.type)?.major ?? 0, columns }))
      .sort((a, b) => b.major - a.major);
    const [newest] = majors;
    if (newest === undefined) return [];
    const columns = columnsOf(majors);
    return {
      dataset: datasets.exact,
      view: typeViewName(newest.type),
      description: newest.description,
      columns: [majorColumn, ...columns],
      domain: domainOf(newest.type),
      reads: majors.map(({ type }) => tableName(type)),
      query: (dialect: Dialect) => majors.map((major) => selectOf(major, columns, dialect)).join('\nUNION ALL\n'),
    };
  });
}

/** Those of the envelope, then `data`, then what differs. */
function columnsOf(majors: readonly Major[]): Column[] {
  const envelope = merged(majors.map(({ columns }) => columns.filter(({ name }) => name !== payload))).same;
  const payloads = majors.flatMap(({ major, columns }) => {
    const data = columns.find(({ name }) => name === payload);
    return data === undefined ? [] : [{ major, data }];
  });
  const { same, differing } = merged(payloads.map(({ data }) => data.fields ?? []));
  const records = payloads.flatMap(({ major, data }) => {
    const fields = (data.fields ?? []).filter(({ name }) => differing.has(name));
    const description = `What is of another type in another major, of version ${major}`;
    return fields.length === 0 ? [] : [{ ...data, name: `${payload}_v${major}`, description, fields }];
  });
  const [first] = payloads;
  return [...envelope, ...(first && same.length > 0 ? [{ ...first.data, fields: same }] : []), ...records];
}

/** Columns by name: those that are the same wherever they are, and the names of the others. */
function merged(lists: readonly (readonly Column[])[]): {
  readonly same: readonly Column[];
  readonly differing: ReadonlySet<string>;
} {
  const byName = Map.groupBy(lists.flat(), ({ name }) => name);
  const differs = (columns: readonly Column[]) => new Set(columns.map(shapeOf)).size > 1;
  const differing = new Set([...byName].flatMap(([name, columns]) => (differs(columns) ? [name] : [])));
  const same = [...byName].flatMap(([name, [column]]) => (column && !differing.has(name) ? [column] : []));
  return { same, differing };
}

/** What makes two columns one: name, type and mode, in RECORDs of each field in order. */
function shapeOf({ name, type, mode, fields = [] }: Column): string {
  return JSON.stringify([name, type, mode, fields.map(shapeOf)]);
}

function selectOf({ major, type, columns }: Major, wanted: readonly Column[], dialect: Dialect): string {
  const data = columns.find(({ name }) => name === payload);
  const values = wanted.map((column) => {
    const isPart = column.name === payload || column.name === `${payload}_v${major}`;
    if (isPart && data !== undefined) return recordOf(data, column, dialect);
    return columns.some(({ name }) => name === column.name) ? dialect.name(column.name) : dialect.nullOf(column);
  });
  const list = values.map((value, at) => `  ${value} AS ${dialect.name(wanted[at]?.name ?? '')}`);
  const from = dialect.table(datasets.exact, tableName(type));
  return `SELECT\n  ${major} AS major,\n${list.join(',\n')}\nFROM ${from}`;
}

/** The wanted fields, of those that the payload has. */
function recordOf(data: Column, wanted: Column, dialect: Dialect): string {
  const whole = dialect.name(payload);
  if (shapeOf({ ...wanted, name: payload }) === shapeOf(data)) return whole;
  const own = new Set((data.fields ?? []).map(({ name }) => name));
  const fields = (wanted.fields ?? []).map((field): [string, string] => [
    field.name,
    own.has(field.name) ? `${whole}.${dialect.name(field.name)}` : dialect.nullOf(field),
  ]);
  return `CASE WHEN ${whole} IS NULL THEN NULL ELSE ${dialect.record(fields)} END`;
}
