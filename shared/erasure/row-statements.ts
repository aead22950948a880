import { alphaSink } from '../event-types/alpha.ts';
import type { Column } from '../event-types/column.ts';
import { type MentionedPlaces, mentionedPlaces, personalPlaces } from '../event-types/personal-places.ts';
import { kinds } from '../needs/kinds.ts';
import type { RowsErasure } from '../ports/erasures.ts';
import type { StatementDialect, TableStatement } from '../ports/table-statements.ts';
import {
  beginningOf,
  type EmptiedPlace,
  emptiedJson,
  emptiedRecord,
  fieldOf,
  jsonTextOf,
  ownPlaces,
} from './emptied-data.ts';

/** A type, as far as its rows are unlinked. */
export interface RowsOfType {
  readonly type: string;
  /** Those of its payload. */
  readonly columns: readonly Column[];
}

/** A table of `events_raw`. */
export type EventTable =
  /** Of one type, with the RECORD `data` where that has columns. */
  | { readonly table: string; readonly kind: 'own'; readonly columns: readonly Column[] }
  /** What types in alpha share, with JSON of the same shape. Types that have left alpha may have rows in it. */
  | { readonly table: typeof alphaSink; readonly kind: 'shared'; readonly types: readonly RowsOfType[] };

const { dataset } = kinds.changes.events;
const [, , pseudonymsTable] = kinds.changes.erasure.tables;

/**
 * What is to be done to a table for everybody in `erased_pseudonyms`, one statement after the other; each can be repeated.
 * `rows`: rows that they are the subject of (of an installation: the source) are deleted. `unlink`: these rows lose what
 * says that they are of one person. Either way what speaks of them in the rows of others is emptied, outside of lists.
 */
export function rowStatements(of: EventTable, wanted: ReadonlySet<RowsErasure>): TableStatement[] {
  const unlink = wanted.has('unlink') ? [unlinkSubjects(of), unlinkSources(of), leaveSources(of)] : [];
  const statements = [...(wanted.has('rows') ? [deleteRows(of)] : []), ...unlink];
  if (of.kind === 'own')
    return [...statements, ...mentionedPlaces(of.columns).map((group) => emptyMentions(of, group))];
  const shared = of.types.flatMap(({ type, columns }) =>
    mentionedPlaces(columns).map((group) => emptyMentions(of, group, type)),
  );
  return [...statements, ...shared];
}

/** How many rows of a type are in the table that types in alpha share. */
export function countSharedRows(type: string): TableStatement {
  return {
    sql: (sql) =>
      `SELECT COUNT(*) FROM ${sql.table(dataset, alphaSink)} WHERE ${anyTime(sql)} AND type = ${sql.parameter('type')}`,
    parameters: { type },
  };
}

/** A SELECT of the pseudonyms of those whose rows are treated so; of all without. */
function erased(sql: StatementDialect, what?: RowsErasure, value = 'pseudonym'): string {
  const which = what === undefined ? '' : ` WHERE what = '${what}'`;
  return `SELECT ${value} FROM ${sql.table(kinds.changes.erasure.dataset, pseudonymsTable)}${which}`;
}

/** All of them: where tables want a time in each statement, this is one. */
function anyTime(sql: StatementDialect): string {
  return `event_time >= ${sql.timestamp("'0001-01-01T00:00:00Z'")}`;
}

function deleteRows({ table }: EventTable): TableStatement {
  return {
    sql: (sql) => {
      const theirs = erased(sql, 'rows');
      return `DELETE FROM ${sql.table(dataset, table)} WHERE ${anyTime(sql)} AND (subject IN (${theirs}) OR source IN (${theirs}))`;
    },
  };
}

/**
 * What goes from the envelope. An id, clock or moment that several rows have in common would link them: rows of one request
 * have one `received_time`, so its hour stays.
 */
function unlinkedEnvelope({ engine }: StatementDialect): string[] {
  const hour = engine === 'bigquery' ? 'TIMESTAMP_TRUNC(received_time, HOUR)' : "date_trunc('hour', received_time)";
  const gone = ['subject', 'source', 'sequence', 'event_id', 'corrected_time', 'row_time'];
  return [...gone.map((name) => `${name} = NULL`), `received_time = ${hour}`];
}

/** People's own rows. */
function unlinkSubjects(of: EventTable): TableStatement {
  return unlinkOwn(of, 'subject', (sql) => `subject IN (${erased(sql, 'unlink')})`);
}

/** Rows that are of an installation and nobody else. */
function unlinkSources(of: EventTable): TableStatement {
  return unlinkOwn(of, 'source', (sql) => `subject IS NULL AND source IN (${erased(sql, 'unlink')})`);
}

function unlinkOwn(of: EventTable, own: string, where: (sql: StatementDialect) => string): TableStatement {
  return {
    sql: (sql) => {
      const data = of.kind === 'own' ? ownRecord(sql, of.columns, own) : ownJson(sql, of.types, own);
      const settings = [...unlinkedEnvelope(sql), ...(data === undefined ? [] : [`data = ${data}`])];
      return `UPDATE ${sql.table(dataset, of.table)} SET ${settings.join(', ')} WHERE ${anyTime(sql)} AND ${where(sql)}`;
    },
  };
}

/** Rows of others that such an installation sent: of it nothing else is in them. */
function leaveSources({ table }: EventTable): TableStatement {
  return {
    sql: (sql) =>
      `UPDATE ${sql.table(dataset, table)} SET source = NULL, sequence = NULL WHERE ${anyTime(sql)} AND source IN (${erased(sql, 'unlink')})`,
  };
}

function ownRecord({ engine }: StatementDialect, columns: readonly Column[], own: string): string | undefined {
  const places = ownPlaces(engine, personalPlaces(columns), { own, isJson: false });
  return places.length === 0 ? undefined : emptiedRecord(engine, places);
}

function ownJson({ engine }: StatementDialect, types: readonly RowsOfType[], own: string): string | undefined {
  const cases = types.flatMap(({ type, columns }) => {
    const places = ownPlaces(engine, personalPlaces(columns), { own, isJson: true });
    return places.length === 0 ? [] : [`WHEN '${plainType(type)}' THEN ${emptiedJson(engine, places)}`];
  });
  return cases.length === 0 ? undefined : `CASE type ${cases.join(' ')} ELSE data END`;
}

/** In the shared table: of one type. */
function emptyMentions(of: EventTable, { owner, by, paths }: MentionedPlaces, type?: string): TableStatement {
  return {
    sql: (sql) => {
      const { engine } = sql;
      const text = of.kind === 'own' ? fieldOf(engine, owner) : jsonTextOf(engine, owner);
      const places = paths.map((path): EmptiedPlace => ({ path, isList: false }));
      const data = of.kind === 'own' ? emptiedRecord(engine, places) : emptiedJson(engine, places);
      const is =
        by === 'whole'
          ? `${text} IN (${erased(sql)})`
          : `${beginningOf(text)} IN (${erased(sql, undefined, beginningOf('pseudonym'))})`;
      const isOfType = type === undefined ? '' : `type = '${plainType(type)}' AND `;
      return `UPDATE ${sql.table(dataset, of.table)} SET data = ${data} WHERE ${anyTime(sql)} AND ${isOfType}${is}`;
    },
  };
}

/** A type's name as text: letters, digits, "-" and ".". */
function plainType(type: string): string {
  if (!/^[\w.-]+$/.test(type)) throw new TypeError('no name of a type of ours');
  return type;
}
