import { asObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import { readEventSchema } from '../../shared/event-types/event-schema.ts';
import { checkSdksDocument } from '../../shared/schema-language/check-sdks.ts';
import { type Speakers, verifiedPeopleProblems } from '../../shared/schema-language/verified-people.ts';
import { asProblem } from './refusal.ts';

/** Why these SDK bindings cannot be used beside the active types; empty when they can. */
export function checkSdks(value: JsonObject, activeSchemas: readonly JsonObject[]): readonly SchemaProblem[] {
  const { speakers, problems, found } = checkSdksDocument(value);
  const reasons = [...problems, ...found.map(asProblem)];
  for (const schema of activeSchemas) {
    const { type, sdks } = asObject(schema['edi']);
    reasons.push(...unprovenPeople(schema, speakers));
    const names: readonly JsonValue[] = Array.isArray(sdks) ? sdks : [];
    const missing = names.filter((name) => typeof name === 'string' && !speakers.bindings.has(name));
    if (missing.length === 0) continue;
    reasons.push({ pointer: '/sdks', message: `${missing.join(', ')} may send ${String(type)}, and must stay` });
  }
  return reasons;
}

/** Where a realm becomes verified, or a binding public, under a type that names too many. */
function unprovenPeople(schema: JsonObject, speakers: Speakers): SchemaProblem[] {
  if (speakers.realms.size === 0) return [];
  const read = readEventSchema(schema);
  if (read.kind === 'bad') return [];
  const { type } = read.eventSchema.edi;
  return verifiedPeopleProblems(read.eventSchema, speakers).map(({ message }) => ({
    pointer: '/realms',
    message: `${type}: ${message}`,
  }));
}
