import type { Column } from '../shared/event-types/column.ts';

/** A day of `event_time` is a partition: all copies of an event have one, so the exact view prunes. */
export const eventPartitionColumn = 'event_time';
/** The exact view hands a filter down to the table for the columns of its window only: time and key. */
export const eventClusterColumns: readonly string[] = ['event_key'];

/** A column in the JSON of BigQuery's API and of `bq` ("TableFieldSchema"). */
export interface BigQueryField {
  readonly name: string;
  readonly type: string;
  readonly mode: Column['mode'];
  readonly description?: string;
  readonly fields?: readonly BigQueryField[];
}

/** BigQuery cuts nothing off: a longer description of a column is an error. */
const maxDescriptionLength = 1_024;

/** The columns as BigQuery declares them. */
export function bigQueryFields(columns: readonly Column[]): BigQueryField[] {
  return columns.map(({ name, type, mode, description, fields }) => ({
    name,
    type: apiTypes[type],
    mode,
    ...(description === undefined ? {} : { description: description.slice(0, maxDescriptionLength) }),
    ...(fields === undefined ? {} : { fields: bigQueryFields(fields) }),
  }));
}

/** The API answers with the older names; declared with the newer ones a table would never look unchanged everywhere. */
const apiTypes: Readonly<Record<Column['type'], string>> = {
  STRING: 'STRING',
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  JSON: 'JSON',
  RECORD: 'RECORD',
};
