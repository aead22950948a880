import { type Column, ownColumn } from '../event-types/column.ts';

const hash = 'Keyed hash of realm and name, 27 characters; of an unknown realm, of the name alone';

/** Of whom a record of the quarantine speaks: a row or several of each record, written with it. */
export const quarantinedSubjectsColumns: readonly Column[] = [
  ownColumn('record_key', 'STRING', 'REQUIRED', 'The record of the quarantine'),
  ownColumn('kept_time', 'TIMESTAMP', 'REQUIRED', 'When it was put there; the partition'),
  ownColumn('received_time', 'TIMESTAMP', 'REQUIRED', 'When ingest received its events'),
  ownColumn(
    'own_time',
    'TIMESTAMP',
    'NULLABLE',
    'The earliest own time of its events, corrected; null: none tells one',
  ),
  ownColumn('subjects', 'STRING', 'REPEATED', hash),
];

/** Whom an erasure named; forgotten when nothing of them can come any more. */
export const erasedSubjectsColumns: readonly Column[] = [
  ownColumn('erasure', 'STRING', 'REQUIRED', 'Id of the erasure'),
  ownColumn('hash', 'STRING', 'REQUIRED', hash),
  ownColumn('erased_time', 'TIMESTAMP', 'REQUIRED', 'When they were erased; the partition'),
  ownColumn('cutoff_time', 'TIMESTAMP', 'REQUIRED', 'What was received before is covered'),
];

/** What stands in rows for those whose rows are unlinked or deleted; forgotten likewise. */
export const erasedPseudonymsColumns: readonly Column[] = [
  ownColumn('erasure', 'STRING', 'REQUIRED', 'Id of the erasure'),
  ownColumn('what', 'STRING', 'REQUIRED', 'What becomes of the rows: "unlink" or "rows" (they are deleted)'),
  ownColumn('pseudonym', 'STRING', 'REQUIRED', 'As the column subject or source holds it'),
  ownColumn('erased_time', 'TIMESTAMP', 'REQUIRED', 'When they were erased; the partition'),
  ownColumn('cutoff_time', 'TIMESTAMP', 'REQUIRED', 'No row of them is made later'),
];

/** When everything that waited was deleted, last: what receipts say. */
export const sweepsColumns: readonly Column[] = [
  ownColumn('swept_time', 'TIMESTAMP', 'REQUIRED', 'When it was begun; the partition'),
  ownColumn(
    'what',
    'STRING',
    'REQUIRED',
    'What was swept: "quarantine", "rows", or of these one table, "rows:<table>"',
  ),
  ownColumn('changed_rows', 'INT64', 'REQUIRED', 'Records and rows that were changed or deleted'),
];
