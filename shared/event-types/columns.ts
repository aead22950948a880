import type { JsonObject } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { mapExactly } from './mapping/map-schema.ts';
import type { RecordColumns } from './mapping/map-value.ts';
import { maxPayloadColumns } from './mapping/mapping-run.ts';
import type { NoteReason } from './mapping/policies.ts';

/** The columns of a payload, and every property that its schema declares at the top. */
export type PayloadColumns = RecordColumns;

/** What may stand in a schema that we did not write, but in none of ours. */
const refused: ReadonlySet<NoteReason> = new Set(['name', 'name-collision', 'reference', 'treatment']);

/**
 * Maps the schema of an event's data to columns, as BigQuery holds them: date-time TIMESTAMP, date DATE, integer INT64,
 * number FLOAT64, object with properties RECORD, array REPEATED, nullable types their type, and JSON for what is
 * free-form, multi-typed, or an array of arrays or of nullable items. All are nullable, because a later revision may
 * stop requiring them and an erasure empties them. A dropped property has no column, unless its treatment keeps one.
 */
export function mapPayload(root: JsonObject): PayloadColumns | { readonly problems: readonly SchemaProblem[] } {
  const mapped = mapExactly(root);
  if (mapped === undefined) {
    const message = `this makes more than ${maxPayloadColumns} columns; split the type, or leave parts free-form`;
    return { problems: [{ pointer: '/properties', message }] };
  }
  const problems = mapped.notes
    .filter(({ reason }) => refused.has(reason))
    .map(({ pointer, message }) => ({ pointer, message }));
  return problems.length > 0 ? { problems } : { columns: mapped.columns, declared: mapped.declared };
}
