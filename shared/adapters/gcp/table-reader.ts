import type { BigQuery, TableField } from '@google-cloud/bigquery';
import type { TableColumn, TableReader } from '../../ports/table-reader.ts';
import { type BigQueryOptions, openBigQuery } from './bigquery-client.ts';
import { errorCode, toUnavailable } from './unavailable.ts';

const httpNotFound = 404;
/** The API answers with legacy names (REST reference, "TableFieldSchema"). */
const standardTypes: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  STRUCT: 'RECORD',
};

/** Reads columns with BigQuery's tables.get; the client is loaded with the first request. */
export function createBigQueryTableReader(options: BigQueryOptions): TableReader {
  let opened: Promise<BigQuery> | undefined;
  return {
    async columns(dataset, table) {
      try {
        opened ??= openBigQuery(options);
        const [metadata] = await (await opened).dataset(dataset).table(table).getMetadata();
        return columnsOf(metadata.schema?.fields ?? []);
      } catch (error) {
        if (errorCode(error) === httpNotFound) return undefined;
        throw toUnavailable('table-reader', 'BigQuery', error);
      }
    },
  };
}

function columnsOf(fields: readonly TableField[]): TableColumn[] {
  return fields.map(({ name = '', type = '', mode, fields: nested }) => {
    const upperType = type.toUpperCase();
    return {
      name,
      type: standardTypes[upperType] ?? upperType,
      mode: mode === 'REQUIRED' || mode === 'REPEATED' ? mode : 'NULLABLE',
      ...(nested === undefined ? {} : { fields: columnsOf(nested) }),
    };
  });
}
