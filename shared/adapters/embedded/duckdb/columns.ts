import type { Column, ColumnType } from '../../../event-types/column.ts';

/** A table or view of the warehouse. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** JSON's kinds as the structure argument of DuckDB's `from_json` names them. */
type Structure = string | { readonly [name: string]: Structure } | readonly [Structure];

const scalarTypes: Readonly<Record<Exclude<ColumnType, 'RECORD'>, string>> = {
  STRING: 'VARCHAR',
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  DATE: 'DATE',
  JSON: 'JSON',
};

/** What a checked row holds of each type, as `insertStatement` has it read. */
export const castTypes: typeof scalarTypes = { ...scalarTypes, TIMESTAMP: 'VARCHAR', DATE: 'VARCHAR', JSON: 'VARCHAR' };

/** BigQuery's name of a scalar type of DuckDB's; DuckDB's own where no schema makes it. */
export function bigQueryType(name: string): string {
  return Object.entries(scalarTypes).find(([, duckdb]) => duckdb === name)?.[0] ?? name;
}

/** An identifier as SQL text, safe for any name. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"`. */
export function quoteTable(name: TableName): string {
  return `${quoteIdentifier(name.schema)}.${quoteIdentifier(name.table)}`;
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The fields of a RECORD. A RECORD without any is a bug of whoever built the column. */
export function fieldsOf(column: Column): readonly Column[] {
  const fields = column.fields ?? [];
  if (fields.length === 0) throw new TypeError(`RECORD column "${column.name}" has no fields`);
  return fields;
}

/** DuckDB's type of one value of the column: of an element, when the column is REPEATED. */
export function scalarType(column: Column): string {
  if (column.type !== 'RECORD') return scalarTypes[column.type];
  const fields = fieldsOf(column).map((field) => `${quoteIdentifier(field.name)} ${columnType(field)}`);
  return `STRUCT(${fields.join(', ')})`;
}

/** DuckDB's type of the column: RECORD is a STRUCT, REPEATED a LIST. */
export function columnType(column: Column): string {
  return column.mode === 'REPEATED' ? `${scalarType(column)}[]` : scalarType(column);
}

/** The column as CREATE TABLE takes it. DuckDB knows NOT NULL for whole columns only; fields are checked row by row. */
export function columnDefinition(column: Column): string {
  const required = column.mode === 'REQUIRED' ? ' NOT NULL' : '';
  return `${quoteIdentifier(column.name)} ${columnType(column)}${required}`;
}

/** Structure of the JSON that an alpha row holds. */
export function jsonStructure(columns: readonly Column[]): Structure {
  return structureOf(columns, scalarTypes);
}

/** The same with other types of what is no RECORD. */
export function structureOf(columns: readonly Column[], types: typeof scalarTypes): Structure {
  return Object.fromEntries(
    columns.map((column): [string, Structure] => {
      const one = column.type === 'RECORD' ? structureOf(fieldsOf(column), types) : types[column.type];
      return [column.name, column.mode === 'REPEATED' ? [one] : one];
    }),
  );
}
