import { memberOf } from '../shared/erasure/data-places.ts';
import { emptiedData } from '../shared/erasure/emptied-data.ts';
import { alphaSink } from '../shared/event-types/alpha.ts';
import type { EventSchema } from '../shared/event-types/event-schema.ts';
import { type KeptValues, keptValues } from '../shared/event-types/kept-values.ts';
import { tableName } from '../shared/event-types/table.ts';
import { datasets } from './naming.ts';
import { type Dialect, duckDb } from './sql-dialect.ts';

/** The scheduled queries are called so, for people and for what tells of their failures. */
export const emptyingQueryName = 'EDI: values past their days';

/** Values of one type that go after so many days, while their rows stay. */
export interface ExpiringValues {
  readonly type: string;
  readonly keepDays: number;
  readonly values: readonly KeptValues[];
}

type OfType = Pick<EventSchema, 'edi' | 'payload'>;

/**
 * What there is to empty of types, one entry for a type and a number of days: in their tables, and in the one that types in
 * alpha share, where rows of before their promotion are. A type that is in alpha is deployed by nobody, so nothing of it is
 * emptied before.
 */
export function expiringValues(schemas: readonly OfType[]): readonly ExpiringValues[] {
  return schemas.flatMap(({ edi, payload }) => {
    if (edi.stage === 'alpha') return [];
    const byDays = Map.groupBy(keptValues(payload.columns), ({ keepDays }) => keepDays);
    return [...byDays].map(([keepDays, values]) => ({ type: edi.type, keepDays, values }));
  });
}

/** The first instant of the days whose values stay, as an expression. A day goes whole, as a partition does. */
function firstKept(dialect: Dialect, asOf: string, keepDays: number): string {
  return `${dialect.startOf(dialect.dayOf(asOf))} - INTERVAL ${keepDays * 24} HOUR`;
}

/** Condition: a row has something of them. */
function hasValue(values: readonly KeptValues[], lengthOf: string, spell = (name: string) => name): string {
  const conditions = values.map(({ path, isList }) => {
    const column = ['data', ...path.map(spell)].join('.');
    return isList ? `${lengthOf}(${column}) > 0` : `${column} IS NOT NULL`;
  });
  return `(${conditions.join(' OR ')})`;
}

/**
 * The script of BigQuery that empties them, day by day: to find the days that still have some it reads the columns in
 * question alone, and what changes of a partition is paid for by its bytes. What arrives late is emptied the next day, and
 * so is what a statement left that broke off.
 */
export function expiredValuesScript(dialect: Dialect, expiring: readonly ExpiringValues[], asOf: string): string {
  return expiring
    .map(({ type, keepDays, values }) => {
      const table = dialect.table(datasets.raw, tableName(type));
      const condition = hasValue(values, 'ARRAY_LENGTH');
      const settings = values.map(({ path, isList }) => `data.${path.join('.')} = ${isList ? '[]' : 'NULL'}`);
      const first = firstKept(dialect, asOf, keepDays);
      const early = earlyRows(dialect, { type, values });
      return (
        emptyDays(dialect, { table, condition, settings: settings.join(', ') }, first) +
        emptyDays(dialect, { ...early, table: dialect.table(datasets.raw, alphaSink) }, first)
      );
    })
    .join('');
}

interface Emptying {
  readonly table: string;
  readonly condition: string;
  readonly settings: string;
}

function emptyDays(dialect: Dialect, { table, condition, settings }: Emptying, first: string): string {
  return `FOR expired IN (
  SELECT DISTINCT ${dialect.dayOf('event_time')} AS day FROM ${table}
  WHERE event_time < ${first} AND ${condition}
) DO
  UPDATE ${table} SET ${settings}
  WHERE event_time >= ${dialect.startOf('expired.day')} AND event_time < ${dialect.startOf('expired.day')} + INTERVAL 24 HOUR
    AND ${condition};
END FOR;
`;
}

/** Rows of before the type's promotion: their `data` is JSON, from which the members go. */
function earlyRows(
  { engine }: Dialect,
  { type, values }: Pick<ExpiringValues, 'type' | 'values'>,
): Omit<Emptying, 'table'> {
  const places = values.map(({ path }) => ({ steps: path.map((name) => ({ name, isList: false })) }));
  const conditions = values.map(({ path }) => `${memberOf(engine, 'data', path)} IS NOT NULL`);
  return {
    condition: `type = '${type}' AND (${conditions.join(' OR ')})`,
    settings: `data = ${emptiedData({ engine, isJson: true }, places)}`,
  };
}

/** The same in the local warehouse, whose statements cannot set a part of a RECORD: it is made anew without the values. */
export function expiredValuesUpdates({ type, keepDays, values }: ExpiringValues, asOf: string): readonly string[] {
  const first = firstKept(duckDb, asOf, keepDays);
  const update = (table: string, settings: string, condition: string) =>
    `UPDATE ${duckDb.table(datasets.raw, table)} SET ${settings}\nWHERE event_time < ${first} AND ${condition}`;
  const early = earlyRows(duckDb, { type, values });
  return [
    update(tableName(type), `data = ${emptied('data', values, 0)}`, hasValue(values, 'len', quoted)),
    update(alphaSink, early.settings, early.condition),
  ];
}

/** The struct at `at` without the values, of whose paths `depth` names lead to it. */
function emptied(at: string, values: readonly KeptValues[], depth: number): string {
  const byName = Map.groupBy(values, ({ path }) => path[depth] ?? '');
  const fields = [...byName].map(([name, below]) => {
    const [value] = below;
    const isHere = value?.path.length === depth + 1;
    const inner = `${at}.${quoted(name)}`;
    return `${quoted(name)} := ${isHere ? nothingLike(inner, value) : emptied(inner, below, depth + 1)}`;
  });
  return `CASE WHEN ${at} IS NULL THEN NULL ELSE struct_update(${at}, ${fields.join(', ')}) END`;
}

/** DuckDB takes a reserved word for a name nowhere; BigQuery does behind a dot. */
function quoted(name: string): string {
  return `"${name}"`;
}

/** Nothing, of the column's own type. */
function nothingLike(at: string, { isList }: KeptValues): string {
  return isList ? `list_filter(${at}, lambda item: FALSE)` : `CASE WHEN FALSE THEN ${at} END`;
}
