import { formatMillis } from '../event/time.ts';
import type { QuarantineCursor, QuarantineFilter } from '../ports/quarantine-records.ts';
import { quarantineColumns } from './quarantine-columns.ts';

/*
 * SELECTs of the quarantine that BigQuery and DuckDB read alike. A row is there again with every delivery, attempt and
 * resend; here a record is one row, whatever brought it. `table` is the table as its engine writes it.
 */

/** First seen, first kept: the order of the rows of one record. All copies of one delivery are equal. */
const rowOrder = 'received_time, seal, kept_time, enc, enc_sequence';

const ownColumns = quarantineColumns.map(({ name }) => name).join(', ');

/**
 * The view `operations.quarantine_exact`: each record once, as it was first seen. `occurrences` counts the seals that the
 * same bytes of an SDK came under. Of several records that claim one identity all but the newest are `superseded`:
 * whoever sent the event corrected it, and an older attempt is not to come back.
 */
export function quarantineViewQuery(table: string): string {
  // The length is made before the windows, so that who asks for it alone does not carry payloads through them.
  return (
    `SELECT ${ownColumns}, payload_length, occurrences, ` +
    'ROW_NUMBER() OVER (PARTITION BY COALESCE(identity_key, record_key) ' +
    'ORDER BY received_time DESC, seal DESC, record_key DESC) > 1 AS superseded\nFROM (' +
    `SELECT ${ownColumns}, payload_length, COUNT(DISTINCT seal) OVER (PARTITION BY record_key) AS occurrences\n` +
    `FROM (SELECT ${ownColumns}, LENGTH(payload) AS payload_length FROM ${table})\nWHERE TRUE\n` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY record_key ORDER BY ${rowOrder}) = 1)`
  );
}

/** The tables as their engine writes their names. */
export interface QuarantineTables {
  readonly records: string;
  readonly replayed: string;
}

/** A row a reason and type: `reason`, `type`, `records`, `replayed`, `occurrences`, `events`, `oldest`, `newest` (epoch ms). */
export function groupsQuery(
  { records, replayed }: QuarantineTables,
  filter: QuarantineFilter,
  toMillis: MillisOf,
): string {
  return (
    'SELECT reason, type, COUNT(*) AS records, COUNT(replayed_key) AS replayed, SUM(occurrences) AS occurrences, ' +
    `SUM(events) AS events, MIN(${toMillis('received_time')}) AS oldest, MAX(${toMillis('received_time')}) AS newest ` +
    `FROM (${quarantineViewQuery(records)}) AS own ` +
    `LEFT JOIN (SELECT DISTINCT record_key AS replayed_key FROM ${replayed}) AS sent ON replayed_key = record_key ` +
    `WHERE ${conditionOf(filter)} GROUP BY reason, type ORDER BY reason, type`
  );
}

/** What replay reads of a record; the last three are not needed to know which records there are. */
const recordColumns = [
  'record_key',
  'seal',
  'superseded',
  'sdk',
  'reason',
  'type',
  'events',
  'enc',
  'enc_sequence',
  'payload',
];
const narrowColumns = ['record_key', 'seal', 'superseded', 'payload_length'];

export interface RecordsQuery {
  readonly filter: QuarantineFilter;
  readonly after?: QuarantineCursor;
  readonly maxRecords: number;
  /** How the engine makes Unix milliseconds of a TIMESTAMP. */
  readonly toMillis: MillisOf;
}

export type MillisOf = (column: string) => string;

/** The next records by seal and key, whole; `received`, `sent`, `kept` are epoch ms. */
export function recordsQuery(table: string, { filter, after, maxRecords, toMillis }: RecordsQuery): string {
  const times = [
    `${toMillis('received_time')} AS received`,
    `${toMillis('sent_at')} AS sent`,
    `${toMillis('kept_time')} AS kept`,
  ];
  return selectAfter([...recordColumns, ...times].join(', '), table, {
    filter,
    maxRecords,
    ...(after ? { after } : {}),
  });
}

/** Which records are next, without what they hold: `record_key`, `seal`, `superseded`, `payload_length`. */
export function keysQuery(table: string, query: Omit<RecordsQuery, 'toMillis'>): string {
  return selectAfter(narrowColumns.join(', '), table, query);
}

function selectAfter(columns: string, table: string, { filter, after, maxRecords }: Omit<RecordsQuery, 'toMillis'>) {
  return (
    `SELECT ${columns} FROM (${quarantineViewQuery(table)}) ` +
    `WHERE ${conditionOf(filter)} AND ${isAfter(after)} ORDER BY seal, record_key LIMIT ${maxRecords}`
  );
}

/** Records by their keys, without `superseded`: only their own rows are read and compared. */
export function recordsByKeyQuery(table: string, recordKeys: readonly string[], toMillis: MillisOf): string {
  const columns = recordColumns.filter((name) => name !== 'superseded').join(', ');
  return (
    `SELECT ${columns}, ${toMillis('received_time')} AS received, ${toMillis('sent_at')} AS sent, ` +
    `${toMillis('kept_time')} AS kept FROM ${table} WHERE record_key IN (${recordKeys.map(literal).join(', ')}) ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY record_key ORDER BY ${rowOrder}) = 1`
  );
}

function isAfter(cursor: QuarantineCursor | undefined): string {
  if (cursor === undefined) return 'TRUE';
  const [seal, key] = [literal(cursor.seal), literal(cursor.recordKey)];
  return `(seal > ${seal} OR (seal = ${seal} AND record_key > ${key}))`;
}

function conditionOf({ reason, type, recordKey, keptFromMillis, keptToMillis }: QuarantineFilter): string {
  const conditions = [
    ...(reason === undefined ? [] : [isEqual('reason', reason)]),
    ...(type === undefined ? [] : [isEqual('type', type)]),
    ...(recordKey === undefined ? [] : [isEqual('record_key', recordKey)]),
    ...(keptFromMillis === undefined ? [] : [`kept_time >= ${timeLiteral(keptFromMillis)}`]),
    ...(keptToMillis === undefined ? [] : [`kept_time < ${timeLiteral(keptToMillis)}`]),
  ];
  return conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
}

/** The engines escape differently, and none of our reasons, types, keys and seals needs it: no record has another. */
function isEqual(column: string, text: string): string {
  return plainText.test(text) ? `${column} = '${text}'` : 'FALSE';
}

const plainText = /^[\w.:-]{1,300}$/;

function literal(text: string): string {
  if (!plainText.test(text))
    throw new RangeError('seals and keys of records are of letters, digits, "_", ".", ":" and "-"');
  return `'${text}'`;
}

/** A text that either engine reads as the TIMESTAMP that it is compared with. */
function timeLiteral(millis: number): string {
  const text = formatMillis(millis);
  if (text === undefined) throw new RangeError(`${millis} ms is outside the years 1 to 9999`);
  return `'${text}'`;
}
