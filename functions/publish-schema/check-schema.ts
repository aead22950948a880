import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { checkEventType } from '../../shared/schema-language/check-event-type.ts';
import { checkSdksDocument } from '../../shared/schema-language/check-sdks.ts';
import type { Finding } from '../../shared/schema-language/lint/finding.ts';
import { type JsonSource, readJsonSource } from '../../shared/schema-language/lint/json-source.ts';
import { checkEventMetaSchema } from '../../shared/schema-language/meta-schemas.ts';
import { checkRevision } from '../../shared/schema-language/revision-change.ts';
import { type Speakers, verifiedPeopleProblems } from '../../shared/schema-language/verified-people.ts';
import { readSdkBindings } from '../../shared/sdks/sdk-bindings.ts';
import { readVerifiedRealms } from '../../shared/sdks/verified-realms.ts';

/** `waits`: all that is wrong may come right by what else is being published. */
export type Refusal = {
  readonly kind: 'refused' | 'waits';
  readonly reasons: readonly SchemaProblem[];
  /** Nothing is wrong with the schema itself, but with what it would replace. */
  readonly ofChange?: true;
};

export function refused(message: string, pointer = ''): Refusal {
  return { kind: 'refused', reasons: [{ pointer, message }] };
}

/** One JSON object out of an object's bytes. */
export function readObject(data: Uint8Array): { readonly source: JsonSource; readonly value: JsonObject } | Refusal {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return refused('this is not UTF-8 text, so it is no JSON');
  }
  const read = readJsonSource(text);
  if (read.kind === 'bad') {
    const { message, place } = read;
    return refused(`${message} (line ${place.line}, column ${place.column})`);
  }
  const { source } = read;
  return isJsonObject(source.value) ? { source, value: source.value } : refused('a schema file holds one JSON object');
}

interface SchemaCheck {
  /** The type that the object's name says. */
  readonly type: string;
  /** What it is compared with; undefined where there is none, or where it may replace what there is. */
  readonly active: JsonObject | undefined;
  readonly sdks: JsonObject;
}

/** A candidate as it crosses to another thread. */
export interface SchemaText extends SchemaCheck {
  readonly text: string;
}

/** Whether a schema may become the revision of its type, as far as documents tell. Decides within bounds, never throws. */
export type CheckSchema = (candidate: SchemaText) => Promise<'fits' | Refusal>;

/** `checkSchema` of JSON text. */
export function checkSchemaText({ text, ...check }: SchemaText): 'fits' | Refusal {
  const read = readJsonSource(text);
  if (read.kind === 'bad') return refused(read.message);
  const checked = checkSchema(read.source, check);
  return 'kind' in checked ? checked : 'fits';
}

/** The rules of `edi schema check` on one document, then of its change since the active revision. */
function checkSchema(source: JsonSource, { type, active, sdks }: SchemaCheck): EventSchema | Refusal {
  const speakers = { ...readSdkBindings(sdks), ...readVerifiedRealms(sdks) };
  const context = { expectedType: type, speakers, metaCheck: checkEventMetaSchema };
  const { findings, eventSchema } = checkEventType(source, context);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || eventSchema === undefined) {
    const kind = errors.every(({ rule }) => rule === 'sdk-unknown') ? 'waits' : 'refused';
    return { kind, reasons: errors.map(asProblem) };
  }
  if (active === undefined) return eventSchema;
  const before = readEventSchema(active);
  if (before.kind === 'bad') {
    return { ...refused('the active revision cannot be read, so nothing can be compared with it'), ofChange: true };
  }
  const reasons = checkRevision(before.eventSchema, eventSchema);
  return reasons.length > 0 ? { kind: 'refused', reasons, ofChange: true } : eventSchema;
}

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

function asProblem({ pointer, message, rule, fix }: Finding): SchemaProblem {
  return { pointer, message: `${message} (${rule})${fix === undefined ? '' : `; ${fix}`}` };
}
