import { formatRows } from '../../shared/adapters/embedded/duckdb/format.ts';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';

/** What `--json` prints. */
export function jsonText(value: JsonValue): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The named values of each row, aligned for a terminal; a dash where there is none. */
export function tableText(rows: readonly JsonObject[], names: readonly string[]): string {
  const columns = names.map((name) => ({ name, type: 'VARCHAR' }));
  const texts = rows.map((row) => names.map((name) => String(row[name] ?? '-')));
  return formatRows({ kind: 'rows', columns, rows: texts, truncated: false }, 'table');
}
