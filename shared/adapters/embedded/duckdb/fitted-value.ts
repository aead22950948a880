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
  return withFittingLists(column, recordFromJson(column, `to_json(${name})`));
}

/** A REPEATED value that is not there is the empty array in a table, while `from_json` says NULL. */
export function withEmptyArrays(column: Column, value: string): string {
  return withLists(column, value, { depth: 0, only: (items) => items });
}

/** The same of what was not checked: of items that do not fit `from_json` says NULL, which no list in BigQuery has. */
export function withFittingLists(column: Column, value: string): string {
  const only = (items: string, item: string) => `list_filter(${items}, lambda ${item}: ${item} IS NOT NULL)`;
  return withLists(column, value, { depth: 0, only });
}

interface Lists {
  /** Of lists in lists. */
  readonly depth: number;
  /** SQL of the items that stay; `item` names one of them. */
  readonly only: (items: string, item: string) => string;
}

function withLists(column: Column, value: string, lists: Lists): string {
  if (!holdsRepeated(column)) return value;
  if (column.mode === 'REPEATED') {
    const { depth, only } = lists;
    const item = `item${depth}`;
    const one: Column = { ...column, mode: 'NULLABLE' };
    const items = holdsRepeated(one)
      ? `list_transform(${value}, lambda ${item}: ${withLists(one, item, { depth: depth + 1, only })})`
      : only(value, item);
    return `coalesce(${items}, [])`;
  }
  const fields = fieldsOf(column).map((field) => {
    const name = quoteIdentifier(field.name);
    return `${name} := ${withLists(field, `${value}.${name}`, lists)}`;
  });
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
}

function holdsRepeated({ mode, fields = [] }: Column): boolean {
  return mode === 'REPEATED' || fields.some(holdsRepeated);
}
