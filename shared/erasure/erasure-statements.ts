import { kinds } from '../needs/kinds.ts';
import type { RowsErasure } from '../ports/erasures.ts';
import type { StatementDialect, TableStatement } from '../ports/table-statements.ts';

const { dataset, tables } = kinds.changes.erasure;
const [namedTable, erasedTable, pseudonymsTable, sweepsTable] = tables;
const [quarantineTable] = kinds.changes.quarantine.tables;

/** What a sweep goes over, in `sweeps`; of the rows of one table, `rows:<table>`. */
export type Swept = 'quarantine' | 'rows' | `rows:${string}`;

/** Of an erasure, as its tables have it. */
interface ErasedRow {
  readonly erasure: string;
  readonly erasedAtMillis: number;
  readonly cutoffMillis: number;
}

const iso = (millis: number) => new Date(millis).toISOString();

function times({ erasure, erasedAtMillis, cutoffMillis }: ErasedRow) {
  return { erasure, erased: iso(erasedAtMillis), cutoff: iso(cutoffMillis) };
}

/** Remembers whom an erasure named, by `erasedHashes`. Repeated rows change nothing. */
export function rememberSubjects(row: ErasedRow, hashes: readonly string[]): TableStatement {
  return {
    sql: (sql) => {
      const p = (name: string) => sql.parameter(name);
      const [erased, cutoff] = [sql.timestamp(p('erased')), sql.timestamp(p('cutoff'))];
      return (
        `INSERT INTO ${sql.table(dataset, erasedTable)} (erasure, hash, erased_time, cutoff_time) ` +
        `SELECT ${p('erasure')}, named.one, ${erased}, ${cutoff} FROM (${sql.texts('hashes')}) AS named`
      );
    },
    parameters: { ...times(row), hashes: JSON.stringify(hashes) },
  };
}

/** Remembers what stands in the rows of whom an erasure names, and what becomes of these rows. Repeated rows change nothing. */
export function rememberPseudonyms(row: ErasedRow, what: RowsErasure, pseudonyms: readonly string[]): TableStatement {
  return {
    sql: (sql) => {
      const p = (name: string) => sql.parameter(name);
      const [erased, cutoff] = [sql.timestamp(p('erased')), sql.timestamp(p('cutoff'))];
      return (
        `INSERT INTO ${sql.table(dataset, pseudonymsTable)} (erasure, what, pseudonym, erased_time, cutoff_time) ` +
        `SELECT ${p('erasure')}, ${p('what')}, known.one, ${erased}, ${cutoff} FROM (${sql.texts('pseudonyms')}) AS known`
      );
    },
    parameters: { ...times(row), what, pseudonyms: JSON.stringify(pseudonyms) },
  };
}

/** How many pseudonyms are remembered whose rows are to be treated so. */
export function countPseudonyms(what: RowsErasure): TableStatement {
  return {
    sql: (sql) => `SELECT COUNT(*) FROM ${sql.table(dataset, pseudonymsTable)} WHERE what = ${sql.parameter('what')}`,
    parameters: { what },
  };
}

/** The latest cutoff of theirs that has passed, in Unix milliseconds; 0: none has. */
export function latestCutoff(nowMillis: number): TableStatement {
  return {
    sql: (sql) =>
      `SELECT COALESCE(MAX(${sql.millis('cutoff_time')}), 0) FROM ${sql.table(dataset, pseudonymsTable)} ` +
      `WHERE cutoff_time <= ${sql.timestamp(sql.parameter('now'))}`,
    parameters: { now: iso(nowMillis) },
  };
}

/**
 * Deletes every record of the quarantine that speaks of somebody who is erased, and came before the cutoff or happened
 * before the erasure. A record of several events goes whole.
 */
export const deleteQuarantined: TableStatement = {
  sql: (sql) =>
    `DELETE FROM ${sql.table(kinds.changes.quarantine.dataset, quarantineTable)} WHERE record_key IN (` +
    `SELECT named.record_key FROM ${eachNamed(sql)} ` +
    `JOIN ${sql.table(dataset, erasedTable)} AS erased ON erased.hash = named.one ` +
    'WHERE named.received_time < erased.cutoff_time OR named.own_time < erased.erased_time)',
};

/** A row for each record and person, as `named`. */
function eachNamed(sql: StatementDialect): string {
  const table = sql.table(dataset, namedTable);
  const columns = 'record_key, received_time, own_time';
  return sql.engine === 'bigquery'
    ? `(SELECT ${columns}, one FROM ${table} CROSS JOIN UNNEST(subjects) AS one) AS named`
    : `(SELECT ${columns}, unnest(subjects) AS one FROM ${table}) AS named`;
}

/** How many are remembered as erased; with `between` those whose cutoff lies there, the later end included. */
export function countErased(between?: { readonly afterMillis: number; readonly toMillis: number }): TableStatement {
  const within = (sql: StatementDialect) =>
    ` WHERE cutoff_time > ${sql.timestamp(sql.parameter('after'))} AND cutoff_time <= ${sql.timestamp(sql.parameter('to'))}`;
  return {
    sql: (sql) => `SELECT COUNT(*) FROM ${sql.table(dataset, erasedTable)}${between === undefined ? '' : within(sql)}`,
    ...(between === undefined ? {} : { parameters: { after: iso(between.afterMillis), to: iso(between.toMillis) } }),
  };
}

/** When the last whole sweep was begun, in Unix milliseconds; 0: never, as far as is remembered. */
export function lastSweep(what: Swept): TableStatement {
  return {
    sql: (sql) =>
      `SELECT COALESCE(MAX(${sql.millis('swept_time')}), 0) FROM ${sql.table(dataset, sweepsTable)} ` +
      `WHERE what = ${sql.parameter('what')}`,
    parameters: { what },
  };
}

/** Notes a whole sweep. */
export function noteSweep(what: Swept, begunAtMillis: number, rows: number): TableStatement {
  return {
    sql: (sql) => {
      const p = (name: string) => sql.parameter(name);
      return `INSERT INTO ${sql.table(dataset, sweepsTable)} (swept_time, what, changed_rows) VALUES (${sql.timestamp(p('swept'))}, ${p('what')}, ${p('rows')})`;
    },
    parameters: { swept: iso(begunAtMillis), what, rows },
  };
}
