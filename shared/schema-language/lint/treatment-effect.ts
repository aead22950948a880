import { isJsonObject, type JsonObject } from '../../event/json.ts';
import type { DecidedSchema } from '../../event-types/mapping/map-schema.ts';
import { nodesBelow, type SchemaPlace, schemaPlaces } from '../../event-types/schema-places.ts';
import { errorAt, type Finding } from './finding.ts';

/** Under these, beside declared properties, stand values that reach no column: dropping them is what happens. */
const reachingNoColumn = new Set(['patternProperties', 'additionalProperties', 'unevaluatedProperties']);

/** Treatments that say what happens to nothing: the values that they are written beside reach their column as they are. */
export function effectFindings(root: JsonObject, { heeded }: DecidedSchema): readonly Finding[] {
  if (!JSON.stringify(root).includes('"treatment"')) return [];
  const reached = nodesBelow(root, [root]);
  return [...schemaPlaces(root)].flatMap((place): Finding[] => {
    const { treatment } = place.node;
    if (treatment === undefined || heeded.has(treatment)) return [];
    if (isJsonObject(treatment) && treatment['do'] === 'drop' && reachingNoColumn.has(place.keyword ?? '')) return [];
    return [finding(place, reached.has(place.node))];
  });
}

function finding({ pointer }: SchemaPlace, isReached: boolean): Finding {
  const [at, rule] = [`${pointer}/treatment`, 'treatment-without-effect'] as const;
  if (!isReached) {
    const message = 'nothing refers to this definition, so its treatment has no effect';
    return { severity: 'warning', rule, pointer: at, message, fix: 'refer to it, or remove it' };
  }
  const message = 'this treatment has no effect: no column is filled from here, or another treatment goes before it';
  const fix = 'put it where the value is declared: at the property under "properties", or at the "items" of its array';
  return errorAt(at, rule, message, fix);
}
