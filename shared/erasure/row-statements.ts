import { alphaSink } from '../event-types/alpha.ts';
import type { Column } from '../event-types/column.ts';
import { type MentionedPlaces, mentionedPlaces, personalPlaces } from '../event-types/personal-places.ts';
import { kinds } from '../needs/kinds.ts';
import type { RowsErasure } from '../ports/erasures.ts';
import type { StatementDialect, TableStatement } from '../ports/table-statements.ts';
import { beginningOf, type Container, itemName, jsonText, textAt, unfolded, valueAt } from './data-places.ts';
import { type EmptiedPlace, emptiedData } from './emptied-data.ts';
import { keysIn, textsIn, withoutTexts } from './emptied-json.ts';

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
 * says that they are of one person. Either way what speaks of them in the rows of others is emptied.
 */
export function rowStatements(of: EventTable, wanted: ReadonlySet<RowsErasure>): TableStatement[] {
  const unlink = wanted.has('unlink') ? [unlinkSubjects(of), unlinkSources(of), leaveSources(of)] : [];
  const statements = [...(wanted.has('rows') ? [deleteRows(of)] : []), ...unlink];
  if (of.kind === 'own')
    return [...statements, ...mentionedPlaces(of.columns).map((group) => emptyMentions(of, group))];
  const shared = of.types.flatMap(({ type, columns }) =>
    mentionedPlaces(columns).map((group) => emptyMentions(of, group, type)),
  );
  return [...statements, ...shared, emptyLeft(of)];
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
  return ownData({ engine, isJson: false }, columns, own);
}

function ownJson({ engine }: StatementDialect, types: readonly RowsOfType[], own: string): string | undefined {
  const cases = types.flatMap(({ type, columns }) => {
    const data = ownData({ engine, isJson: true }, columns, own);
    return data === undefined ? [] : [`WHEN '${plainType(type)}' THEN ${data}`];
  });
  return cases.length === 0 ? undefined : `CASE type ${cases.join(' ')} ELSE data END`;
}

/**
 * `data` of the row of a person whose pseudonym `own` is, without what is theirs, and what does not say whose it is. Of a list
 * nothing remains, so that how much it held says nothing either.
 */
function ownData(container: Container, columns: readonly Column[], own: string): string | undefined {
  const beginning = beginningOf(own);
  const places = personalPlaces(columns).map(({ path, isList, holds }): EmptiedPlace => {
    const steps = path.map((name) => ({ name, isList: false }));
    const last = steps.slice(-1).map(({ name }) => ({ name, isList }));
    const place = { steps: [...steps.slice(0, -1), ...last] };
    if (holds === 'unmarked') return place;
    const when =
      holds === 'pseudonym'
        ? `STARTS_WITH(${textAt(container, steps)}, ${beginning})`
        : `STRPOS(${jsonText(container, valueAt(container, steps).value)}, CONCAT('"', ${beginning})) > 0`;
    return { ...place, when };
  });
  return places.length === 0 ? undefined : emptiedData(container, places);
}

/** In the shared table: of one type. */
function emptyMentions(of: EventTable, places: MentionedPlaces, type?: string): TableStatement {
  const isType = type === undefined ? '' : ` AND type = '${plainType(type)}'`;
  const isInRow = !places.isKeys && places.owner.every(({ isList }) => !isList);
  const clauses = isInRow ? mentionsInRow : mentionsInLists;
  return { sql: (sql) => clauses({ sql, of, places, rows: `${anyTime(sql)}${isType}` }) };
}

interface Mentions {
  readonly sql: StatementDialect;
  readonly of: EventTable;
  readonly places: MentionedPlaces;
  /** Condition: which rows are looked at. */
  readonly rows: string;
}

/** The row says once of whom it speaks. */
function mentionsInRow({ sql, of, places, rows }: Mentions): string {
  const container: Container = { engine: sql.engine, isJson: of.kind === 'shared' };
  const data = emptiedData(
    container,
    places.paths.map((steps) => ({ steps })),
  );
  const text = compared(places, textAt(container, places.owner));
  const theirs = erased(sql, undefined, compared(places, 'pseudonym'));
  return `UPDATE ${sql.table(dataset, of.table)} SET data = ${data} WHERE ${rows} AND ${text} IN (${theirs})`;
}

/**
 * The row may speak of many, each in an item of a list or by a key. What is found of the erased is put together for an event,
 * whose copies are alike: an UPDATE takes one row of another table for each of its own ("UPDATE using joins").
 */
function mentionsInLists({ sql, of, places, rows }: Mentions): string {
  const { engine } = sql;
  const isBigQuery = engine === 'bigquery';
  const container: Container = { engine, isJson: of.kind === 'shared' };
  const table = sql.table(dataset, of.table);
  const { value, lists } = valueAt(container, places.owner);
  const all = places.isKeys ? [...lists, keysIn(engine, value)] : lists;
  const text = places.isKeys ? itemName(all.length) : textAt(container, places.owner);
  const isGone = isBigQuery ? `${text} IN UNNEST(mention.gone)` : `list_contains(mention.gone, ${text})`;
  const emptied = emptiedData(
    container,
    places.paths.map((steps) => ({ steps, ...(places.isKeys ? { keys: 'mention.gone' } : { when: isGone }) })),
  );
  return emptyFound(sql, { table, rows, lists: all, text, by: places.by, emptied });
}

interface Found {
  readonly table: string;
  readonly rows: string;
  /** Those that are unfolded, the text in them, and how it is compared. */
  readonly lists: readonly string[];
  readonly text: string;
  readonly by: MentionedPlaces['by'];
  /** What becomes of `data`, by `mention.gone`. */
  readonly emptied: string;
}

function emptyFound(sql: StatementDialect, { table, rows, lists, text, by, emptied }: Found): string {
  return (
    `UPDATE ${table} AS stored SET data = ${emptied} FROM (` +
    `SELECT found.event_key, ARRAY_AGG(DISTINCT found.text) AS gone ` +
    `FROM (SELECT event_key, ${text} AS text FROM ${table}${unfolded(sql.engine, lists)} WHERE ${rows}) AS found ` +
    `JOIN (${erased(sql, undefined, `DISTINCT ${compared({ by }, 'pseudonym')} AS one`)}) AS known ` +
    `ON known.one = ${compared({ by }, 'found.text')} GROUP BY found.event_key) AS mention ` +
    `WHERE ${rows} AND stored.event_key = mention.event_key`
  );
}

/**
 * In the shared table, what no schema of today declares: a draft that was replaced had properties, types and treatments of
 * which nothing is told any more. Whatever begins there as a pseudonym of the erased goes.
 */
function emptyLeft({ table: name }: EventTable): TableStatement {
  return {
    sql: (sql) =>
      emptyFound(sql, {
        table: sql.table(dataset, name),
        rows: anyTime(sql),
        lists: [textsIn(sql.engine, 'data')],
        text: itemName(1),
        by: 'beginning',
        emptied: withoutTexts(sql.engine, 'stored.data', 'mention.gone'),
      }),
  };
}

function compared({ by }: Pick<MentionedPlaces, 'by'>, text: string): string {
  return by === 'whole' ? text : beginningOf(text);
}

/** A type's name as text: letters, digits, "-" and ".". */
function plainType(type: string): string {
  if (!/^[\w.-]+$/.test(type)) throw new TypeError('no name of a type of ours');
  return type;
}
