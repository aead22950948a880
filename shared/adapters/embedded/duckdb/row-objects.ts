import type { JsonObject } from '../../../event/json.ts';
import type { QueryRows } from './query.ts';

/** The rows of an answer as objects, by the names of its columns. */
export function rowObjects({ columns, rows }: Pick<QueryRows, 'columns' | 'rows'>): JsonObject[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
}
