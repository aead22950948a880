import type { Column, ColumnType } from '../../../event-types/column.ts';
import { fieldsOf } from './columns.ts';

// Each of these says less than the check of rows takes.

const plain = String.raw`[^"\\\u0000-\u001f]*`;
/** All that JSON has but halves of surrogate pairs. */
const escaped = String.raw`\\(?:["\\/bfnrt]|u(?:[0-9a-cefA-CEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}))`;
const wholeNumber = String.raw`(?:0|-?[1-9]\d{0,14})`;
/** But for 29 February. */
const monthAndDay = String.raw`(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)`;
const date = String.raw`(?!0000)\d{4}-${monthAndDay}`;

const scalars: Readonly<Record<Exclude<ColumnType, 'RECORD' | 'JSON'>, string>> = {
  STRING: `"${plain}(?:${escaped}${plain})*"`,
  INT64: wholeNumber,
  FLOAT64: String.raw`${wholeNumber}(?:\.\d{1,17})?`,
  BOOL: '(?:true|false)',
  TIMESTAMP: String.raw`"${date}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z"`,
  DATE: `"${date}"`,
};

/** Columns that a row has last. */
const owners: ReadonlySet<string> = new Set(['source', 'subject']);

/**
 * A pattern of texts that are rows of a table for certain, without their being parsed, where they are well-formed: JSON
 * without spaces, in the order in which pseudonymize writes it, with values of the usual forms. Other rows do not match.
 */
export function usualRows(columns: readonly Column[]): RegExp {
  const inOrder = lastWhere(columns, ({ name }) => owners.has(name));
  return new RegExp(`^${recordPattern(inOrder)}$`);
}

function recordPattern(columns: readonly Column[]): string {
  // What is personal is put in when its key is known.
  const inOrder = lastWhere(columns, ({ treatment, keys }) => treatment !== undefined || keys !== undefined);
  const members = inOrder.map((column) => {
    const member = `${quoted(column.name)}:${valuePattern(column)}(?:,(?=")|(?=\\}))`;
    return column.mode === 'REQUIRED' ? member : `(?:${member})?`;
  });
  return `\\{${members.join('')}\\}`;
}

function lastWhere(columns: readonly Column[], isLast: (column: Column) => boolean): Column[] {
  return [...columns.filter((column) => !isLast(column)), ...columns.filter(isLast)];
}

function quoted(name: string): string {
  return JSON.stringify(name).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function valuePattern(column: Column): string {
  const one = column.type === 'RECORD' ? recordPattern(fieldsOf(column)) : scalarPattern(column.type);
  if (column.mode === 'REPEATED') return `\\[(?:${one}(?:,(?!\\])|(?=\\])))*\\]`;
  return column.mode === 'REQUIRED' ? one : `(?:${one}|null)`;
}

/** JSON in a text has to be parsed, so that nothing matches there. */
function scalarPattern(type: Exclude<ColumnType, 'RECORD'>): string {
  return type === 'JSON' ? '(?!)' : scalars[type];
}
