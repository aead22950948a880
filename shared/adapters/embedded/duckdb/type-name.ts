import { DuckDBListType, DuckDBStructType, type DuckDBType } from '@duckdb/node-api';
import { quoteIdentifier } from './columns.ts';

/** DuckDB's name of a type. Unlike `String(type)` it tells JSON from VARCHAR, at any depth. */
export function typeName(type: DuckDBType): string {
  if (type.alias !== undefined) return type.alias;
  if (type instanceof DuckDBListType) return `${typeName(type.valueType)}[]`;
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, position) => {
      const field = type.entryTypes[position];
      return `${quoteIdentifier(name)} ${field === undefined ? 'UNKNOWN' : typeName(field)}`;
    });
    return `STRUCT(${fields.join(', ')})`;
  }
  return String(type);
}
