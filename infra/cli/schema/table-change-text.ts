import type { ColumnChange, TableChange } from '../../../shared/schema-language/column-change.ts';

/** A table's changes, one line a column, the table's name first. */
export function tableChangeLines({ type, table, kind, columns }: TableChange): string[] {
  if (kind === 'added') {
    const count = columns.reduce((sum, column) => sum + (column.columns ?? 1), 0);
    return [`+ table ${table} (${type}): ${count} columns`];
  }
  if (kind === 'lost') return [`- table ${table} (${type}) has no schema any more`];
  return [`~ table ${table} (${type})`, ...columns.map((column) => `    ${columnChangeText(column)}`)];
}

const signs = { added: '+', lost: '-', retyped: '!', 'mode-changed': '~' } as const;

/** `+ data.client.os STRING NULLABLE`, and where BigQuery cannot do it, that. */
export function columnChangeText({ kind, path, before, after, inPlace }: ColumnChange): string {
  const shape = before !== undefined && after !== undefined ? `${before} -> ${after}` : (before ?? after);
  return `${signs[kind]} ${path} ${shape}${inPlace ? '' : '  (not possible in place)'}`;
}
