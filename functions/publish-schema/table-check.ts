import type { Column } from '../../shared/event-types/column.ts';
import type { TableColumn } from '../../shared/ports/table-reader.ts';

export interface TableCheck {
  /** Paths of columns that the table lacks; deployment may add them yet. */
  readonly missing: readonly string[];
  /** What no deployment puts right in place. */
  readonly unfit: readonly string[];
}

/**
 * Compares what rows will have with what a table has: every column with its type, REPEATED or not, and nothing REQUIRED
 * that rows may lack. A table may be looser than its schema says, and may have more columns; their order does not matter.
 */
export function checkTable(columns: readonly Column[], table: readonly TableColumn[], prefix = ''): TableCheck {
  const missing: string[] = [];
  const unfit: string[] = [];
  const found = new Map(table.map((column) => [column.name.toLowerCase(), column]));
  for (const column of columns) {
    const path = prefix + column.name;
    const existing = found.get(column.name);
    found.delete(column.name);
    if (existing === undefined) {
      missing.push(path);
      continue;
    }
    const problem = unfitness(column, existing);
    if (problem !== undefined) unfit.push(`the table's column ${path} ${problem}`);
    else if (column.type === 'RECORD') {
      const fields = checkTable(column.fields ?? [], existing.fields ?? [], `${path}.`);
      missing.push(...fields.missing);
      unfit.push(...fields.unfit);
    }
  }
  for (const { name, mode } of found.values()) {
    if (mode === 'REQUIRED') unfit.push(`the table's column ${prefix}${name} is REQUIRED, and no property fills it`);
  }
  return { missing, unfit };
}

function unfitness(column: Column, { type, mode }: TableColumn): string | undefined {
  if (type !== column.type) return `is ${type}, and the schema makes it ${column.type}`;
  const same = mode === column.mode || (mode === 'NULLABLE' && column.mode === 'REQUIRED');
  return same ? undefined : `is ${mode}, and the schema makes it ${column.mode}`;
}
