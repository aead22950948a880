import { alphaSink } from '../../shared/event-types/alpha.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { StatementDialect, TableStatement } from '../../shared/ports/table-statements.ts';
import type { ValuePath } from './value-path.ts';
import { holdsValue, withoutValue } from './value-sql.ts';

const { events, quarantine, unfitRows, scrubs } = kinds.changes;
const dayMillis = 86_400_000;
/** No event is further ahead of its receipt than a replay may come after it. */
const maxAheadMillis = 60 * dayMillis;

/** Received from one moment on and before another. */
export interface Received {
  readonly fromMillis: number;
  readonly toMillis: number;
}

/** One table that rows of a type are in. */
export interface ScrubbedTable {
  readonly type: string;
  readonly table: string;
  readonly path: ValuePath;
}

/** The table that types in alpha share, which has a type's rows of before its promotion, and the type's own. */
export function tablesOf(type: string, isAlpha: boolean, path: ValuePath): readonly ScrubbedTable[] {
  const shared = { type, table: alphaSink, path };
  return isAlpha ? [shared] : [{ type, table: tableName(type), path }, shared];
}

const iso = (millis: number) => new Date(millis).toISOString();
const span = ({ fromMillis, toMillis }: Received) => ({ from: iso(fromMillis), to: iso(toMillis) });

/** Condition: `time`, an expression, lies within. */
function within(sql: StatementDialect, time: string): string {
  const moment = (name: string) => sql.timestamp(sql.parameter(name));
  return `${time} >= ${moment('from')} AND ${time} < ${moment('to')}`;
}

/** What every statement about rows of events takes: the last bounds the partitions, which a table may ask for. */
function rowParameters({ type, table }: ScrubbedTable, received: Received) {
  const latest = iso(received.toMillis + maxAheadMillis);
  return { ...span(received), latest, ...(table === alphaSink ? { type } : {}) };
}

function rowsWithin(sql: StatementDialect, { table }: ScrubbedTable): string {
  const ofType = table === alphaSink ? ` AND type = ${sql.parameter('type')}` : '';
  return `${within(sql, 'received_time')} AND event_time < ${sql.timestamp(sql.parameter('latest'))}${ofType}`;
}

function holds(sql: StatementDialect, { table, path }: ScrubbedTable): string {
  return holdsValue({ engine: sql.engine, isJson: table === alphaSink }, path);
}

/** Rows that hold a value. */
export function countHolding(of: ScrubbedTable, received: Received): TableStatement {
  return {
    sql: (sql) =>
      `SELECT COUNT(*) FROM ${sql.table(events.dataset, of.table)} WHERE ${rowsWithin(sql, of)} AND ${holds(sql, of)}`,
    parameters: rowParameters(of, received),
  };
}

/** Takes it out of them. */
export function scrubRows(of: ScrubbedTable, received: Received): TableStatement {
  const set = ({ engine }: StatementDialect) => withoutValue({ engine, isJson: of.table === alphaSink }, of.path);
  return {
    sql: (sql) =>
      `UPDATE ${sql.table(events.dataset, of.table)} SET ${set(sql)} WHERE ${rowsWithin(sql, of)} AND ${holds(sql, of)}`,
    parameters: rowParameters(of, received),
  };
}

/** When the newest of the rows was made, in Unix milliseconds, whatever it holds; 0: there is none. */
export function lastMade(of: ScrubbedTable, received: Received): TableStatement {
  return {
    sql: (sql) =>
      `SELECT COALESCE(MAX(${sql.millis('row_time')}), 0) FROM ${sql.table(events.dataset, of.table)} WHERE ${rowsWithin(sql, of)}`,
    parameters: rowParameters(of, received),
  };
}

/** Records of the quarantine: of the type, or (`unknown`) of events whose type nobody could read. */
export function countRecords(type: string | 'unknown', received: Received): TableStatement {
  return {
    sql: (sql) =>
      `SELECT COUNT(*) FROM ${sql.table(quarantine.dataset, quarantine.tables[0])} WHERE ${within(sql, 'received_time')} AND ` +
      (type === 'unknown' ? 'type IS NULL' : `type = ${sql.parameter('type')}`),
    parameters: { ...span(received), ...(type === 'unknown' ? {} : { type }) },
  };
}

export function deleteRecords(type: string, received: Received): TableStatement {
  return {
    sql: (sql) =>
      `DELETE FROM ${sql.table(quarantine.dataset, quarantine.tables[0])} WHERE ${within(sql, 'received_time')} AND ` +
      `type = ${sql.parameter('type')}`,
    parameters: { ...span(received), type },
  };
}

/** Rows that a table did not take: they are text, and may never be counted as lost without the rest of it. */
function unfitWithin(sql: StatementDialect): string {
  const isBigQuery = sql.engine === 'bigquery';
  const text = (json: string, path: string) =>
    isBigQuery ? `JSON_VALUE(${json}, '${path}')` : `json_extract_string(${json}, '${path}')`;
  const hasPayload = isBigQuery
    ? `JSON_QUERY(data, '$.data') IS NOT NULL`
    : `COALESCE(json_exists(CAST(data AS JSON), '$.data'), FALSE)`;
  // What became a dead letter was received before; the column is the partition, without which the table answers nothing.
  return (
    `publish_time >= ${sql.timestamp(sql.parameter('made'))} AND ${text('attributes', '$.type')} = ${sql.parameter('type')} ` +
    `AND ${within(sql, sql.timestamp(text('data', '$.received_time')))} AND ${hasPayload}`
  );
}

function unfitParameters(type: string, received: Received) {
  return { ...span(received), type, made: iso(received.fromMillis - dayMillis) };
}

export function countUnfit(type: string, received: Received): TableStatement {
  return {
    sql: (sql) => `SELECT COUNT(*) FROM ${sql.table(unfitRows.dataset, unfitRows.tables[0])} WHERE ${unfitWithin(sql)}`,
    parameters: unfitParameters(type, received),
  };
}

/** Takes their payload away, and leaves what losses are counted by. */
export function emptyUnfit(type: string, received: Received): TableStatement {
  return {
    sql: (sql) => {
      const emptied =
        sql.engine === 'bigquery'
          ? `TO_JSON_STRING(JSON_REMOVE(PARSE_JSON(data, wide_number_mode => 'round'), '$.data'))`
          : `CAST(json_merge_patch(CAST(data AS JSON), json_object('data', NULL)) AS VARCHAR)`;
      return `UPDATE ${sql.table(unfitRows.dataset, unfitRows.tables[0])} SET data = ${emptied} WHERE ${unfitWithin(sql)}`;
    },
    parameters: unfitParameters(type, received),
  };
}

/** A row of the ledger. */
export interface ScrubNote extends Received {
  readonly id: string;
  readonly nowMillis: number;
  readonly caller: string;
  readonly state: 'begun' | 'done' | 'waits';
  readonly types: readonly string[];
  readonly property: string;
  readonly reason: string;
  readonly counts?: { readonly rows: number; readonly records: number; readonly unfit: number; readonly files: number };
}

export function noteScrub({
  id,
  nowMillis,
  caller,
  state,
  types,
  property,
  reason,
  counts,
  ...received
}: ScrubNote): TableStatement {
  const counted = counts ?? { rows: 0, records: 0, unfit: 0, files: 0 };
  const names = 'changed_rows, deleted_records, emptied_rows, deleted_files';
  return {
    sql: (sql) => {
      const p = (name: string) => sql.parameter(name);
      const t = (name: string) => sql.timestamp(p(name));
      const told = counts === undefined ? '' : `, ${['rows', 'records', 'unfit', 'files'].map(p).join(', ')}`;
      return (
        `INSERT INTO ${sql.table(scrubs.dataset, scrubs.tables[0])} (scrub_id, scrubbed_time, caller, state, types, property, ` +
        `from_time, to_time, reason${counts === undefined ? '' : `, ${names}`}) VALUES (${p('id')}, ${t('now')}, ${p('caller')}, ` +
        `${p('state')}, ${p('types')}, ${p('property')}, ${t('from')}, ${t('to')}, ${p('reason')}${told})`
      );
    },
    parameters: {
      ...{ id, now: iso(nowMillis), caller, state, types: types.join(','), property, ...span(received), reason },
      ...(counts === undefined ? {} : counted),
    },
  };
}
