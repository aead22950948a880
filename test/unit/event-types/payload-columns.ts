import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { Column } from '../../../shared/event-types/column.ts';
import { mapPayload } from '../../../shared/event-types/columns.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

/** The columns of a payload with these properties. */
export function columnsOf(properties: JsonObject, $defs: JsonObject = {}): readonly Column[] {
  const mapped = mapPayload(schemaDocument({ properties, $defs }));
  if ('problems' in mapped) throw new Error(JSON.stringify(mapped.problems));
  return mapped.columns;
}

/** What keeps such a payload from having columns, as `pointer: message`. */
export function problemsOf(properties: JsonObject, $defs: JsonObject = {}): string[] {
  const mapped = mapPayload(schemaDocument({ properties, $defs }));
  return 'problems' in mapped ? mapped.problems.map(({ pointer, message }) => `${pointer}: ${message}`) : [];
}

/** `TYPE` or `TYPE REPEATED` of the only property; undefined when it has no column. */
export function shapeOf(node: JsonValue, $defs: JsonObject = {}): string | undefined {
  const [column] = columnsOf({ a: node }, $defs);
  return column && (column.mode === 'NULLABLE' ? column.type : `${column.type} ${column.mode}`);
}
