import type { Column, ColumnType, Treatment } from './column.ts';

/** A column whose values are kept for fewer days than its rows. */
export interface KeptValues {
  /** Names of the columns on the way, below `data`. */
  readonly path: readonly string[];
  readonly type: ColumnType;
  readonly isList: boolean;
  readonly keepDays: number;
}

/** How long the treated value is kept; undefined: as long as its row. */
export function keepDaysOf(treatment: Treatment | undefined): number | undefined {
  return treatment === undefined || treatment.do === 'drop' ? undefined : treatment.keepDays;
}

/** All of them, of the columns below `data`. Inside the objects of a list there are none: no statement empties them. */
export function keptValues(columns: readonly Column[], above: readonly string[] = []): KeptValues[] {
  return columns.flatMap((column): KeptValues[] => {
    const { name, type, mode, treatment } = column;
    const path = [...above, name];
    const keepDays = keepDaysOf(treatment);
    if (keepDays !== undefined) return [{ path, type, isList: mode === 'REPEATED', keepDays }];
    return mode === 'REPEATED' ? [] : keptValues(column.fields ?? [], path);
  });
}
