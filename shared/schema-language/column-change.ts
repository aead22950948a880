import type { ColumnsLock, LockedColumn } from './columns-lock.ts';

/** What a change of a schema does to one column of its table. */
export interface ColumnChange {
  readonly kind: 'added' | 'lost' | 'retyped' | 'mode-changed';
  /** Names from the table's top, joined by dots: `data.client.os`. */
  readonly path: string;
  /** Type and mode, `STRING NULLABLE`; undefined for an added column. */
  readonly before?: string;
  /** Undefined for a lost column. */
  readonly after?: string;
  /**
   * True when BigQuery changes the existing table and no stored value is lost: a new NULLABLE or REPEATED column, or
   * REQUIRED that becomes NULLABLE ("Modifying table schemas"). Anything else means another table.
   */
  readonly inPlace: boolean;
  /** Of an added RECORD: how many columns it brings, itself not counted. */
  readonly columns?: number;
}

/** Every column that differs, in the order of the next table, lost ones last. Order and descriptions do not matter. */
export function compareColumns(
  locked: readonly LockedColumn[],
  next: readonly LockedColumn[],
): readonly ColumnChange[] {
  return compareLevel(locked, next, '');
}

function compareLevel(locked: readonly LockedColumn[], next: readonly LockedColumn[], parent: string): ColumnChange[] {
  const before = new Map(locked.map((column) => [column.name, column]));
  const names = new Set(next.map(({ name }) => name));
  return [
    ...next.flatMap((column) => {
      const old = before.get(column.name);
      const path = parent + column.name;
      return old === undefined ? [added(column, path)] : compareColumn(old, column, path);
    }),
    ...locked.filter(({ name }) => !names.has(name)).flatMap((column) => lost(column, parent + column.name)),
  ];
}

function added(column: LockedColumn, path: string): ColumnChange {
  const added = { kind: 'added', path, after: shapeOf(column), inPlace: !holdsRequired(column) } as const;
  return column.fields === undefined ? added : { ...added, columns: countColumns(column.fields) };
}

/** Of a RECORD, every column in it: each may be kept in its own way. */
function lost(column: LockedColumn, path: string): ColumnChange[] {
  if (column.fields !== undefined) return column.fields.flatMap((field) => lost(field, `${path}.${field.name}`));
  return [{ kind: 'lost', path, before: shapeOf(column), inPlace: false }];
}

/** Those that hold values: a RECORD is what is in it. */
function countColumns(columns: readonly LockedColumn[]): number {
  return columns.reduce((count, { fields }) => count + (fields === undefined ? 1 : countColumns(fields)), 0);
}

function holdsRequired({ mode, fields = [] }: LockedColumn): boolean {
  return mode === 'REQUIRED' || fields.some(holdsRequired);
}

function compareColumn(before: LockedColumn, after: LockedColumn, path: string): ColumnChange[] {
  const shapes = { path, before: shapeOf(before), after: shapeOf(after) };
  if (before.type !== after.type) return [{ kind: 'retyped', ...shapes, inPlace: false }];
  const inPlace = before.mode === 'REQUIRED' && after.mode === 'NULLABLE';
  const own: ColumnChange[] = before.mode === after.mode ? [] : [{ kind: 'mode-changed', ...shapes, inPlace }];
  return [...own, ...compareLevel(before.fields ?? [], after.fields ?? [], `${path}.`)];
}

function shapeOf({ type, mode }: LockedColumn): string {
  return `${type} ${mode}`;
}

/** What changes about one type's table. */
export interface TableChange {
  readonly type: string;
  readonly table: string;
  /** `lost`: the type has no schema any more, or its table would get another name. */
  readonly kind: 'added' | 'lost' | 'changed';
  /** Of a new table, all of its columns. */
  readonly columns: readonly ColumnChange[];
  /** False when something stored would be lost, or the table replaced. */
  readonly inPlace: boolean;
}

/** Every table that differs, sorted by type. */
export function compareLocks(locked: ColumnsLock, next: ColumnsLock): readonly TableChange[] {
  const types = [...new Set([...locked.keys(), ...next.keys()])].sort();
  return types.flatMap((type) => compareTable(type, locked, next));
}

function compareTable(type: string, locked: ColumnsLock, next: ColumnsLock): TableChange[] {
  const [before, after] = [locked.get(type), next.get(type)];
  const columns = compareColumns(before?.columns ?? [], after?.columns ?? []);
  if (before === undefined) {
    return after === undefined ? [] : [{ type, table: after.table, kind: 'added', columns, inPlace: true }];
  }
  if (after?.table !== before.table) return [{ type, table: before.table, kind: 'lost', columns, inPlace: false }];
  if (columns.length === 0) return [];
  return [{ type, table: after.table, kind: 'changed', columns, inPlace: columns.every((column) => column.inPlace) }];
}
