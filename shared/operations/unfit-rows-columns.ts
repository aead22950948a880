import { type Column, ownColumn } from '../event-types/column.ts';

/** A message as a BigQuery subscription with metadata and without a schema writes it ("Write metadata", Pub/Sub). */
export const unfitRowsColumns: readonly Column[] = [
  ownColumn('subscription_name', 'STRING', 'NULLABLE', 'The subscription that wrote it here'),
  ownColumn('message_id', 'STRING', 'NULLABLE', 'Of the dead letter'),
  ownColumn('publish_time', 'TIMESTAMP', 'NULLABLE', 'When the row became a dead letter; the partition'),
  ownColumn('data', 'STRING', 'NULLABLE', 'The row, as JSON; pseudonymized'),
  ownColumn('attributes', 'JSON', 'NULLABLE', 'Type, event key, and what Google says of the dead letter, why included'),
];
