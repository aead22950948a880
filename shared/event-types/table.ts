import { parseEventTypeName } from '../event/event-type-name.ts';
import type { Column, ColumnType } from './column.ts';
import type { PayloadColumns } from './columns.ts';

function envelopeColumn(name: string, type: ColumnType, mode: Column['mode'], description: string): Column {
  return { name, property: name, type, mode, description };
}

/** The columns that every event table begins with. */
export const envelopeColumns: readonly Column[] = [
  envelopeColumn(
    'event_key',
    'STRING',
    'REQUIRED',
    'Keyed hash of the identity (source, id, time); deduplicate streams by it',
  ),
  envelopeColumn('event_id', 'STRING', 'NULLABLE', "The client's id, where it is a UUID of version 4 or 7 or a ULID"),
  envelopeColumn('event_time', 'TIMESTAMP', 'REQUIRED', "When it happened, by the client's clock; the partition"),
  envelopeColumn(
    'corrected_time',
    'TIMESTAMP',
    'NULLABLE',
    "event_time corrected by the offset of the client's clock, where it told",
  ),
  envelopeColumn('received_time', 'TIMESTAMP', 'REQUIRED', 'When ingest received it'),
  envelopeColumn('source', 'STRING', 'REQUIRED', 'Pseudonym of the installation that sent it'),
  envelopeColumn('subject', 'STRING', 'NULLABLE', 'Pseudonym of the data subject'),
  envelopeColumn('sdk', 'STRING', 'REQUIRED', 'The SDK binding whose key sent it'),
  envelopeColumn('schema_revision', 'INT64', 'REQUIRED', 'Revision of the schema that it was validated with'),
  envelopeColumn(
    'possible_duplicate',
    'BOOL',
    'REQUIRED',
    'This copy was delivered under a claim made earlier; false promises nothing',
  ),
  envelopeColumn('beyond_lookback', 'BOOL', 'REQUIRED', "By the client's clock too old for resends to be recognised"),
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
