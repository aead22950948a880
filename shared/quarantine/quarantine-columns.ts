import type { Column, ColumnType } from '../event-types/column.ts';

function column(name: string, type: ColumnType, mode: Column['mode'], description: string): Column {
  return { name, property: name, type, mode, description };
}

/** The day of keeping is a partition: an event is kept as long as any other, however long ago it was received. */
export const quarantinePartitionColumn = 'kept_time';

/** The quarantine's table: everything in the clear but the payload, and what a person could be told by. */
export const quarantineColumns: readonly Column[] = [
  column(
    'record_key',
    'STRING',
    'REQUIRED',
    'Names the record: the same for the same bytes of an SDK on every attempt',
  ),
  column('seal', 'STRING', 'REQUIRED', 'Seal of the batch; a replay claims under it'),
  column('sequence', 'INT64', 'REQUIRED', 'Position in the request, or in the batch that pseudonymize read'),
  column('events', 'INT64', 'REQUIRED', 'Events in the payload: 1, or all of a request that are no JSON objects'),
  column('kept_time', 'TIMESTAMP', 'REQUIRED', 'When it was put here; the partition'),
  column('received_time', 'TIMESTAMP', 'REQUIRED', 'When ingest received the event'),
  column('sent_at', 'TIMESTAMP', 'NULLABLE', "The client's clock when it sent, where it told"),
  column('sdk', 'STRING', 'NULLABLE', 'The SDK binding whose key sent it, where the key tells'),
  column('stage', 'STRING', 'REQUIRED', 'The stage that refused it'),
  column('reason', 'STRING', 'REQUIRED', 'Why'),
  column('type', 'STRING', 'NULLABLE', 'The event type, where it fits the grammar of types'),
  {
    ...column('errors', 'RECORD', 'REPEATED', 'Where in the event, undeclared segments masked, and which rule'),
    fields: [column('path', 'STRING', 'NULLABLE', 'JSON Pointer'), column('keyword', 'STRING', 'NULLABLE', 'The rule')],
  },
  column('enc', 'STRING', 'REQUIRED', 'Encapsulated key of the payload (HPKE), base64; records of a second share it'),
  column('enc_sequence', 'INT64', 'REQUIRED', 'Number of the payload under that key'),
  column('payload', 'STRING', 'REQUIRED', "The event, encrypted to the quarantine's public key (HPKE), base64"),
];
