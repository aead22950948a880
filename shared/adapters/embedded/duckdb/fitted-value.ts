import type { Column } from '../../../event-types/column.ts';
import { columnType, fieldsOf, jsonStructure, quoteIdentifier, quoteText } from './columns.ts';

/** SQL of a RECORD from JSON: a field that does not fit is NULL, and what is no field is left out. */
export function recordFromJson(column: Column, json: string): string {
  const one = jsonStructure(fieldsOf(column));
  return `from_json(${json}, ${quoteText(JSON.stringify(column.mode === 'REPEATED' ? [one] : one))})`;
}

/** SQL of the stored value of the column's name, as the column takes it. */
export function fittedValue(column: Column): string {
  const name = quoteIdentifier(column.name);
  if (column.type !== 'RECORD') return `TRY_CAST(${name} AS ${columnType(column)})`;
  return withEmptyArrays(column, recordFromJson(column, `to_json(${name})`), 0);
}

/**
 * A REPEATED value that is not there is the empty array in a table, while `from_json` says NULL; and of items that do not fit
 * it says NULL, which no list in BigQuery has.
 */
export function withEmptyArrays(column: Column, value: string, depth: number): string {
  if (!holdsRepeated(column)) return value;
  if (column.mode === 'REPEATED') {
    const item = `item${depth}`;
    const one: Column = { ...column, mode: 'NULLABLE' };
    const items = holdsRepeated(one)
      ? `list_transform(${value}, lambda ${item}: ${withEmptyArrays(one, item, depth + 1)})`
      : `list_filter(${value}, lambda ${item}: ${item} IS NOT NULL)`;
    return `coalesce(${items}, [])`;
  }
  const fields = fieldsOf(column).map((field) => {
    const name = quoteIdentifier(field.name);
    return `${name} := ${withEmptyArrays(field, `${value}.${name}`, depth)}`;
  });
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
}

function holdsRepeated({ mode, fields = [] }: Column): boolean {
  return mode === 'REPEATED' || fields.some(holdsRepeated);
}
