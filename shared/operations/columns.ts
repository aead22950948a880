import { type Column, ownColumn } from '../event-types/column.ts';

/** A row for each day and type that something was lost with; the view `losses` counts each key once. */
export const lossColumns: readonly Column[] = [
  ownColumn('loss_key', 'STRING', 'REQUIRED', 'Of what the events were lost with: the same on every attempt'),
  ownColumn('recorded_time', 'TIMESTAMP', 'REQUIRED', 'When it was counted; the partition'),
  ownColumn('day', 'DATE', 'REQUIRED', "UTC day of the events' own time; of their receipt where that is not known"),
  ownColumn('stage', 'STRING', 'REQUIRED', 'Where they went'),
  ownColumn('reason', 'STRING', 'REQUIRED', 'Why'),
  ownColumn('type', 'STRING', 'NULLABLE', 'The event type, where it could be read'),
  ownColumn('sdk', 'STRING', 'NULLABLE', 'The SDK binding that sent them'),
  ownColumn('events', 'INT64', 'REQUIRED', 'How many'),
];

/** A row for each message, day and instance that saw it fail; the view `dead_letters` has a row a message. */
export const deadLetterColumns: readonly Column[] = [
  ownColumn('message_id', 'STRING', 'REQUIRED', 'Of the dead letter'),
  ownColumn('seen_time', 'TIMESTAMP', 'REQUIRED', 'When it failed; the partition'),
  ownColumn('stage', 'STRING', 'REQUIRED', 'Where it failed'),
  ownColumn('reason', 'STRING', 'REQUIRED', 'Why'),
  ownColumn('seal', 'STRING', 'NULLABLE', 'Seal of the batch'),
  ownColumn('sdk', 'STRING', 'NULLABLE', 'The SDK binding that sent it'),
  ownColumn('events', 'INT64', 'NULLABLE', 'Events of the batch'),
];

/** A row for each key that was used to read what is stored of somebody. The person is the record's id alone. */
export const decryptionColumns: readonly Column[] = [
  ownColumn('decryption_id', 'STRING', 'REQUIRED', 'Of the call; a UUID'),
  ownColumn('decrypted_time', 'TIMESTAMP', 'REQUIRED', 'When it was asked for; the partition'),
  ownColumn('caller', 'STRING', 'REQUIRED', 'Who asked: the account of the token that let them in'),
  ownColumn('call', 'STRING', 'REQUIRED', 'What was asked for: export or pseudonyms'),
  ownColumn('record_id', 'STRING', 'REQUIRED', 'Of the key: a keyed hash of realm, subject and generation'),
  ownColumn('generation', 'INT64', 'REQUIRED', 'How often the person had been erased before this key was made'),
  ownColumn('reason', 'STRING', 'REQUIRED', 'Why, as whoever asked has put it'),
];

/** Two rows for each scrub, one before anything is changed, one after; no value of an event. */
export const scrubColumns: readonly Column[] = [
  ownColumn('scrub_id', 'STRING', 'REQUIRED', 'Of the call; a UUID'),
  ownColumn('scrubbed_time', 'TIMESTAMP', 'REQUIRED', 'When this row was written; the partition'),
  ownColumn('caller', 'STRING', 'REQUIRED', 'Who asked: the account of the token that let them in'),
  ownColumn('state', 'STRING', 'REQUIRED', '"begun", and "done" or "waits" at its end'),
  ownColumn('types', 'STRING', 'REQUIRED', 'Event types, with commas between'),
  ownColumn('property', 'STRING', 'REQUIRED', 'JSON Pointer into data'),
  ownColumn('from_time', 'TIMESTAMP', 'REQUIRED', 'Received at this time or later'),
  ownColumn('to_time', 'TIMESTAMP', 'REQUIRED', 'Received before this time'),
  ownColumn('reason', 'STRING', 'REQUIRED', 'Why, as whoever asked has put it'),
  ownColumn(
    'changed_rows',
    'INT64',
    'NULLABLE',
    'Rows of tables of events that lost the value; unknown before the end',
  ),
  ownColumn('deleted_records', 'INT64', 'NULLABLE', 'Records of the quarantine that were deleted'),
  ownColumn('emptied_rows', 'INT64', 'NULLABLE', 'Rows of unfit_rows that lost their payload'),
  ownColumn('deleted_files', 'INT64', 'NULLABLE', 'Files of the archive that were deleted'),
];

/** A message as a BigQuery subscription with metadata and without a schema writes it ("Write metadata", Pub/Sub). */
export const unfitRowsColumns: readonly Column[] = [
  ownColumn('subscription_name', 'STRING', 'NULLABLE', 'The subscription that wrote it here'),
  ownColumn('message_id', 'STRING', 'NULLABLE', 'Of the dead letter'),
  ownColumn('publish_time', 'TIMESTAMP', 'NULLABLE', 'When the row became a dead letter; the partition'),
  ownColumn('data', 'STRING', 'NULLABLE', 'The row, as JSON; pseudonymized'),
  ownColumn('attributes', 'JSON', 'NULLABLE', 'Type, event key, and what Google says of the dead letter, why included'),
];
