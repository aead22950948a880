import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { compareLocks, type TableChange } from '../../shared/schema-language/column-change.ts';
import { type ColumnsLock, lockOf } from '../../shared/schema-language/columns-lock.ts';
import { CheckError, type Violation } from './violation.ts';

/**
 * Throws `CheckError` when a table would lose or retype a column, or go, against the columns of the last release.
 * Terraform would plan the loss of a top-level column in place, and the rest as a replacement of the table.
 */
export function checkColumns(lock: ColumnsLock, schemas: readonly EventSchema[]): void {
  const violations = compareLocks(lock, lockOf(schemas)).flatMap(tableFindings);
  if (violations.length > 0) throw new CheckError('rows that are stored would be lost', violations);
}

function tableFindings({ type, table, kind, columns, inPlace }: TableChange): Violation[] {
  if (inPlace) return [];
  if (kind === 'lost') {
    const rule = 'its schema has gone, which would destroy the table: restore the file with "stage": "retired"';
    return [{ path: `table ${table} of ${type}`, value: 'lost', rule }];
  }
  return columns
    .filter((column) => !column.inPlace)
    .map(({ path, before, after, kind: change }) => ({
      path: `column ${path} of ${type}`,
      value: after ?? before,
      rule:
        change === 'added'
          ? 'a column that is added to a table is NULLABLE or REPEATED, also within a RECORD'
          : `${change}, it was ${before}: restore it, or make the change a new major version`,
    }));
}
