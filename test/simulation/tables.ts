import type { JsonObject } from '../../shared/event/json.ts';
import type { TableColumn } from '../../shared/ports/table-reader.ts';

interface StoredRow {
  readonly row: JsonObject;
  readonly storedAtMillis: number;
}

/**
 * Tables as BigQuery subscriptions write them: a row with a column that the table has not (yet) is not taken, and a
 * schema's new columns reach the subscription some minutes after they reach the table.
 */
export interface Tables {
  /** Makes a table, or gives it more columns. */
  deploy(table: string, columns: readonly TableColumn[], takenFromMillis: number): void;
  append(table: string, row: JsonObject, nowMillis: number): 'written' | 'refused';
  rowsOf(table: string): readonly StoredRow[];
}

export function makeTables(described: Map<string, readonly TableColumn[]>): Tables {
  const taken = new Map<string, { readonly fromMillis: number; readonly paths: ReadonlySet<string> }[]>();
  const rows = new Map<string, StoredRow[]>();
  return {
    deploy(table, columns, fromMillis) {
      described.set(`events_raw.${table}`, columns);
      taken.set(table, [...(taken.get(table) ?? []), { fromMillis, paths: new Set(pathsOf(columns)) }]);
    },
    append(table, row, nowMillis) {
      const known = (taken.get(table) ?? []).filter(({ fromMillis }) => fromMillis <= nowMillis).at(-1);
      if (known === undefined || !rowPaths(row).every((path) => known.paths.has(path))) return 'refused';
      const stored = rows.get(table) ?? [];
      stored.push({ row, storedAtMillis: nowMillis });
      rows.set(table, stored);
      return 'written';
    },
    rowsOf: (table) => rows.get(table) ?? [],
  };
}

function pathsOf(columns: readonly TableColumn[], prefix = ''): string[] {
  return columns.flatMap(({ name, fields = [] }) => [`${prefix}${name}`, ...pathsOf(fields, `${prefix}${name}.`)]);
}

function rowPaths(row: JsonObject, prefix = ''): string[] {
  return Object.entries(row).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRecord ? [path, ...rowPaths(value, `${path}.`)] : [path];
  });
}
