import { type Column, ownColumn } from '../event-types/column.ts';

/** The day of keeping is a partition: an event is kept as long as any other, however long ago it was received. */
export const quarantinePartitionColumn = 'kept_time';

/** The quarantine's table: everything in the clear but the payload, and what a person could be told by. */
export const quarantineColumns: readonly Column[] = [
  ownColumn(
    'record_key',
    'STRING',
    'REQUIRED',
    'Names the record: the same for the same bytes of an SDK on every attempt',
  ),
  ownColumn(
    'identity_key',
    'STRING',
    'NULLABLE',
    'Keyed hash of the identity that the event claims to its SDK; of several records with one, replay takes the newest',
  ),
  ownColumn(
    'identity_keys',
    'STRING',
    'NULLABLE',
    'Of events that are kept together: the identity key of each in order, 22 characters; dots where one names none',
  ),
  ownColumn('seal', 'STRING', 'REQUIRED', 'Seal of the batch; a replay claims under it'),
  ownColumn('sequence', 'INT64', 'REQUIRED', 'Position in the request, or in the batch that pseudonymize read'),
  ownColumn('events', 'INT64', 'REQUIRED', 'Events in the payload: 1, or those of a request that are kept together'),
  ownColumn('kept_time', 'TIMESTAMP', 'REQUIRED', 'When it was put here; the partition'),
  ownColumn('received_time', 'TIMESTAMP', 'REQUIRED', 'When ingest received the event'),
  ownColumn('sent_at', 'TIMESTAMP', 'NULLABLE', "The client's clock when it sent, where it told"),
  ownColumn('sdk', 'STRING', 'NULLABLE', 'The SDK binding whose key sent it, where the key tells'),
  ownColumn('stage', 'STRING', 'REQUIRED', 'The stage that refused it'),
  ownColumn('reason', 'STRING', 'REQUIRED', 'Why'),
  ownColumn('type', 'STRING', 'NULLABLE', 'The event type, where it fits the grammar of types'),
  {
    ...ownColumn('errors', 'RECORD', 'REPEATED', 'Where in the event, undeclared segments masked, and which rule'),
    fields: [
      ownColumn('path', 'STRING', 'NULLABLE', 'JSON Pointer'),
      ownColumn('keyword', 'STRING', 'NULLABLE', 'The rule'),
    ],
  },
  ownColumn(
    'enc',
    'STRING',
    'REQUIRED',
    'Encapsulated key of the payload (HPKE), base64; records of a second share it',
  ),
  ownColumn('enc_sequence', 'INT64', 'REQUIRED', 'Number of the payload under that key'),
  ownColumn('payload', 'STRING', 'REQUIRED', "The event, encrypted to the quarantine's public key (HPKE), base64"),
];

/** A row for each record that a replay has sent on, or whose event was corrected and accepted; it may be there twice. */
export const replayedColumns: readonly Column[] = [
  ownColumn('record_key', 'STRING', 'REQUIRED', 'The record'),
  ownColumn('replayed_time', 'TIMESTAMP', 'REQUIRED', 'When it was sent on; the partition'),
  ownColumn('run', 'STRING', 'REQUIRED', 'The run that sent it'),
];
