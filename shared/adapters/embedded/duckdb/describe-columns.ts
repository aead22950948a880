import { DuckDBListType, DuckDBStructType, type DuckDBType } from '@duckdb/node-api';
import type { TableColumn } from '../../../ports/table-reader.ts';
import { bigQueryType } from './columns.ts';
import type { ExistingColumn } from './table-change.ts';
import { typeName } from './type-name.ts';

/** Stored columns as BigQuery would describe them. DuckDB does not remember that a *field* is REQUIRED: all are NULLABLE. */
export function describeColumns(existing: readonly ExistingColumn[]): TableColumn[] {
  return existing.map(({ name, type, nullable }) => describe(name, type, nullable));
}

function describe(name: string, type: DuckDBType, nullable: boolean): TableColumn {
  const repeated = type.alias === undefined && type instanceof DuckDBListType;
  const one = repeated ? type.valueType : type;
  const mode = repeated ? 'REPEATED' : nullable ? 'NULLABLE' : 'REQUIRED';
  if (!(one instanceof DuckDBStructType)) return { name, type: bigQueryType(typeName(one)), mode };
  const fields = one.entryNames.flatMap((field, position) => {
    const fieldType = one.entryTypes[position];
    return fieldType === undefined ? [] : [describe(field, fieldType, true)];
  });
  return { name, type: 'RECORD', mode, fields };
}
