import { DuckDBListType, DuckDBStructType, type DuckDBType } from '@duckdb/node-api';
import type { Column } from '../../../event-types/column.ts';
import { columnType, fieldsOf, scalarType } from './columns.ts';
import { typeName } from './type-name.ts';

/** A column as the database has it. */
export interface ExistingColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly nullable: boolean;
}

export type TableChange =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'widened' }
  /** The change would lose or retype what is stored; the reason names the column. */
  | { readonly kind: 'refused'; readonly reason: string };

const unchanged: TableChange = { kind: 'unchanged' };
const widened: TableChange = { kind: 'widened' };

/**
 * What has to be done so that a table has the declared columns. The rules are BigQuery's for a change in place: NULLABLE
 * and REPEATED columns may be added, nested ones too, and REQUIRED may become NULLABLE; nothing is dropped, retyped or
 * added as REQUIRED. The order of columns does not matter. DuckDB does not remember that a *field* is REQUIRED, so a
 * field may become so unnoticed: then rows without it are refused from now on.
 */
export function tableChange(existing: readonly ExistingColumn[], columns: readonly Column[]): TableChange {
  const byName = new Map(existing.map((column) => [column.name, column]));
  const changes = columns.map((column): TableChange => {
    const stored = byName.get(column.name);
    if (stored === undefined) return added(column, column.name);
    if (stored.nullable && column.mode === 'REQUIRED') {
      return refused(`column ${column.name} is NULLABLE in the table and cannot become REQUIRED`);
    }
    const loosened = stored.nullable || column.mode === 'REQUIRED' ? unchanged : widened;
    return combine([loosened, typeChange(stored.type, column, column.name)]);
  });
  return combine([dropped([...byName.keys()], columns, ''), ...changes]);
}

function typeChange(stored: DuckDBType, column: Column, path: string): TableChange {
  if (column.mode === 'REPEATED') {
    if (!(stored instanceof DuckDBListType)) return retyped(stored, columnType(column), path);
    return elementChange(stored.valueType, column, `${path}[]`);
  }
  return elementChange(stored, column, path);
}

function elementChange(stored: DuckDBType, column: Column, path: string): TableChange {
  if (column.type === 'RECORD' && stored instanceof DuckDBStructType) return recordChange(stored, column, path);
  const declared = scalarType(column);
  return typeName(stored) === declared ? unchanged : retyped(stored, declared, path);
}

function recordChange(stored: DuckDBStructType, column: Column, path: string): TableChange {
  const fields = fieldsOf(column);
  const changes = fields.map((field): TableChange => {
    const fieldPath = `${path}.${field.name}`;
    const position = stored.entryNames.indexOf(field.name);
    const type = stored.entryTypes[position];
    return type === undefined ? added(field, fieldPath) : typeChange(type, field, fieldPath);
  });
  return combine([dropped(stored.entryNames, fields, `${path}.`), ...changes]);
}

function added(column: Column, path: string): TableChange {
  return column.mode === 'REQUIRED'
    ? refused(`column ${path} is new and REQUIRED, but a table that exists only gains NULLABLE and REPEATED columns`)
    : widened;
}

function dropped(stored: readonly string[], declared: readonly Column[], prefix: string): TableChange {
  const names = new Set(declared.map((column) => column.name));
  const lost = stored.find((name) => !names.has(name));
  if (lost === undefined) return unchanged;
  return refused(`column ${prefix}${lost} is in the table but not declared: columns are never dropped`);
}

function retyped(stored: DuckDBType, declared: string, path: string): TableChange {
  return refused(`column ${path} is ${typeName(stored)} in the table and cannot become ${declared}`);
}

function refused(reason: string): TableChange {
  return { kind: 'refused', reason };
}

function combine(changes: readonly TableChange[]): TableChange {
  const problem = changes.find((change) => change.kind === 'refused');
  if (problem !== undefined) return problem;
  return changes.some((change) => change.kind === 'widened') ? widened : unchanged;
}
