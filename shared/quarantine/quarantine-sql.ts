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

/** Base64url of 16 bytes. */
const identityKeyLength = 22;
/** Stands in `identity_keys` for an event that names no identity. */
export const noIdentityKey = '.'.repeat(identityKeyLength);

/** Records hold no more events than a batch has (`maxSealEvents`), whose marks fit an attribute: 1,024. */
const digitCount = 32;
const digits = Array.from({ length: digitCount }, (_, digit) => `SELECT ${digit} AS digit`).join(' UNION ALL ');

/**
 * Every event that a record holds and that names an identity; of a single one that names none, the record itself. The keys of
 * several are taken apart in two steps, or each would be cut out of all of them.
 */
const claims = `SELECT record_key, received_time, seal, 0 AS place, COALESCE(identity_key, record_key) AS claimed
FROM records WHERE identity_keys IS NULL
UNION ALL
SELECT record_key, received_time, seal, first_place + digit AS place,
  SUBSTR(keys_of_some, digit * ${identityKeyLength} + 1, ${identityKeyLength}) AS claimed
FROM (
  SELECT record_key, received_time, seal, digit * ${digitCount} AS first_place,
    SUBSTR(identity_keys, digit * ${digitCount * identityKeyLength} + 1, ${digitCount * identityKeyLength}) AS keys_of_some
  FROM (SELECT record_key, received_time, seal, identity_keys FROM records WHERE identity_keys IS NOT NULL) AS several
  CROSS JOIN digits
) AS parts CROSS JOIN digits
WHERE digit * ${identityKeyLength} < LENGTH(keys_of_some)`;

/**
 * The view `operations.quarantine_exact`: each record once, as it was first seen. `occurrences` counts the seals that the
 * same bytes of an SDK came under. Of several records that claim one identity all but the newest are `superseded`:
 * whoever sent the event corrected it, and an older attempt is not to come back. Of events that are kept together
 * `superseded_at` has the places of such, and the record is superseded where all are.
 */
export function quarantineViewQuery(table: string): string {
  // The length is made before the windows, so that who asks for it alone does not carry payloads through them.
  return `WITH digits AS (${digits}), records AS (
SELECT ${ownColumns}, payload_length, COUNT(DISTINCT seal) OVER (PARTITION BY record_key) AS occurrences
FROM (SELECT ${ownColumns}, LENGTH(payload) AS payload_length FROM ${table})
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY record_key ORDER BY ${rowOrder}) = 1
), claims AS (
${claims}
), attempts AS (
SELECT record_key, place,
  record_key <> FIRST_VALUE(record_key) OVER (PARTITION BY claimed ORDER BY received_time DESC, seal DESC, record_key DESC) AS is_older
FROM claims WHERE claimed <> '${noIdentityKey}'
), older AS (
SELECT record_key, COUNT(*) AS older_events, STRING_AGG(CAST(place AS STRING), ',') AS superseded_at
FROM attempts WHERE is_older GROUP BY record_key
)
SELECT ${ownColumns}, payload_length, occurrences, COALESCE(older_events >= events, FALSE) AS superseded, superseded_at
FROM records LEFT JOIN older USING (record_key)`;
}

/** The tables as their engine writes their names. */
export interface QuarantineTables {
  readonly records: string;
  readonly replayed: string;
}

/**
 * A row a reason and type: `reason`, `type`, `records`, `replayed`, `occurrences`, `events`, `oldest`, `newest` (epoch ms),
 * `faults`, and of these one as `fault`: keyword and path behind a blank, which no keyword has.
 */
export function groupsQuery(
  { records, replayed }: QuarantineTables,
  filter: QuarantineFilter,
  { toMillis, firstError }: GroupsDialect,
): string {
  const fault = `${firstError}.keyword || ' ' || ${firstError}.path`;
  return (
    'SELECT reason, type, COUNT(*) AS records, COUNT(replayed_key) AS replayed, SUM(occurrences) AS occurrences, ' +
    `SUM(events) AS events, MIN(${toMillis('received_time')}) AS oldest, MAX(${toMillis('received_time')}) AS newest, ` +
    `COUNT(DISTINCT ${fault}) AS faults, MIN(${fault}) AS fault ` +
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
  'superseded_at',
  'sdk',
  'reason',
  'type',
  'events',
  'enc',
  'enc_sequence',
  'payload',
];
const narrowColumns = ['record_key', 'seal', 'superseded', 'superseded_at', 'payload_length'];

export interface RecordsQuery {
  readonly filter: QuarantineFilter;
  readonly after?: QuarantineCursor;
  readonly maxRecords: number;
  /** How the engine makes Unix milliseconds of a TIMESTAMP. */
  readonly toMillis: MillisOf;
}

export type MillisOf = (column: string) => string;

/** What the engines write differently. */
interface GroupsDialect {
  readonly toMillis: MillisOf;
  /** The first of the column `errors`, NULL where there is none. */
  readonly firstError: string;
}

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

/** Which records are next, without what they hold: `narrowColumns`. */
export function keysQuery(table: string, query: Omit<RecordsQuery, 'toMillis'>): string {
  return selectAfter(narrowColumns.join(', '), table, query);
}

function selectAfter(columns: string, table: string, { filter, after, maxRecords }: Omit<RecordsQuery, 'toMillis'>) {
  return (
    `SELECT ${columns} FROM (${quarantineViewQuery(table)}) ` +
    `WHERE ${conditionOf(filter)} AND ${isAfter(after)} ORDER BY seal, record_key LIMIT ${maxRecords}`
  );
}

/** Records by their keys, without what supersedes them: only their own rows are read and compared. */
export function recordsByKeyQuery(table: string, recordKeys: readonly string[], toMillis: MillisOf): string {
  const columns = recordColumns.filter((name) => !name.startsWith('superseded')).join(', ');
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
