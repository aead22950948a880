import type { JsonObject } from '../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { checkEventType } from '../../shared/schema-language/check-event-type.ts';
import { type JsonSource, readJsonSource } from '../../shared/schema-language/lint/json-source.ts';
import { checkEventMetaSchema } from '../../shared/schema-language/meta-schemas.ts';
import { readSdkBindings } from '../../shared/sdks/sdk-bindings.ts';
import { readVerifiedRealms } from '../../shared/sdks/verified-realms.ts';
import { asProblem, type Refusal, refused } from './refusal.ts';

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
export async function checkSchemaText({ text, ...check }: SchemaText): Promise<'fits' | Refusal> {
  const read = readJsonSource(text);
  if (read.kind === 'bad') return refused(read.message);
  const checked = await checkSchema(read.source, check);
  return 'kind' in checked ? checked : 'fits';
}

/** The rules of `edi schema check` on one document, then of its change since the active revision. */
async function checkSchema(source: JsonSource, { type, active, sdks }: SchemaCheck): Promise<EventSchema | Refusal> {
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
  // Most types are new where there are many of them at once, as at the first start of a folder.
  const { checkRevision } = await import('../../shared/schema-language/revision-change.ts');
  const reasons = checkRevision(before.eventSchema, eventSchema);
  return reasons.length > 0 ? { kind: 'refused', reasons, ofChange: true } : eventSchema;
}
