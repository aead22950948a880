import { parseEventTypeName } from '../event/event-type-name.ts';
import { type Column, ownColumn } from './column.ts';
import type { PayloadColumns } from './columns.ts';

/** The columns that every event table begins with. */
export const envelopeColumns: readonly Column[] = [
  ownColumn(
    'event_key',
    'STRING',
    'REQUIRED',
    'Keyed hash of the identity (source, id, time); deduplicate streams by it',
  ),
  ownColumn('event_id', 'STRING', 'NULLABLE', "The client's id, where it is a UUID of version 4 or 7 or a ULID"),
  ownColumn('event_time', 'TIMESTAMP', 'REQUIRED', "When it happened, by the client's clock; the partition"),
  ownColumn(
    'corrected_time',
    'TIMESTAMP',
    'NULLABLE',
    "event_time corrected by the offset of the client's clock, where it told",
  ),
  ownColumn('received_time', 'TIMESTAMP', 'REQUIRED', 'When ingest received it'),
  ownColumn('source', 'STRING', 'NULLABLE', 'Pseudonym of the installation that sent it'),
  ownColumn('subject', 'STRING', 'NULLABLE', 'Pseudonym of the data subject'),
  ownColumn('sdk', 'STRING', 'REQUIRED', 'The SDK binding whose key sent it'),
  ownColumn('schema_revision', 'INT64', 'REQUIRED', 'Revision of the schema that it was validated with'),
  ownColumn(
    'possible_duplicate',
    'BOOL',
    'REQUIRED',
    'This copy was delivered under a claim made earlier; false promises nothing',
  ),
  ownColumn('beyond_lookback', 'BOOL', 'REQUIRED', "By the client's clock too old for resends to be recognised"),
  ownColumn(
    'replayed',
    'BOOL',
    'NULLABLE',
    'True for what was refused once and accepted by a replay; a copy that was accepted at once goes before it',
  ),
  ownColumn(
    'sequence',
    'INT64',
    'NULLABLE',
    "The client's number of it, per source and type from 0 and one more each time; gaps are losses",
  ),
  ownColumn('ingest_region', 'STRING', 'NULLABLE', 'Where ingest received it'),
  ownColumn('row_time', 'TIMESTAMP', 'NULLABLE', 'When pseudonymize made this row; its table takes it after that'),
];

/** The whole table of an event type: the envelope, then the payload as the RECORD `data` (left out when it is empty). */
export function tableColumns(payload: PayloadColumns): readonly Column[] {
  if (payload.columns.length === 0) return envelopeColumns;
  const data: Column = {
    name: 'data',
    property: 'data',
    type: 'RECORD',
    mode: 'NULLABLE',
    description: 'The payload',
    fields: payload.columns,
    declared: payload.declared,
  };
  return [...envelopeColumns, data];
}

/** `<domain>_<event>_v<major>`: name of the type's table and view in BigQuery and DuckDB. */
export function tableName(type: string): string {
  const name = parseEventTypeName(type);
  if (name === undefined) throw new TypeError(`"${type}" is not <domain>.<event>.v<major>`);
  return `${name.domain}_${name.event}_v${name.major}`.replaceAll('-', '_');
}
