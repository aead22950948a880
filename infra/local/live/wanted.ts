import { defaultEventLimits } from '../../../shared/event-types/check-event.ts';
import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import { expectedAt } from '../../../shared/event-types/expected.ts';
import { expectedOfRule } from '../../../shared/event-types/expected-rules.ts';
import { foreignReasons, legacyReasons, rejectReasons } from '../../../shared/outcome/outcome.ts';
import { type Field, fieldAnchor, fieldsOf, flattenFields, pathText } from '../../catalog/fields.ts';
import type { RefusedPart } from './live-quarantine.ts';

/** What an event is refused for, in words for whoever sent it. From the schema alone, never from the event. */
export interface Wanted extends RefusedPart {
  /** What the rule wants there; absent where neither record nor schema says. */
  readonly wanted?: string;
  /** Where the catalog tells of it. */
  readonly href?: string;
}

/** Schemas of the active types, by type. */
export type Schemas = ReadonlyMap<string, EventSchema>;

/** Names of an object's properties that are listed. */
const maxNames = 24;

/** Names of active types that are told to whoever sent another. */
const maxAlike = 4;

/** Of whom a failure is told. */
export interface RefusedFor {
  readonly reason: string;
  readonly type?: string;
}

/** Adds to a failure what the schema of its type, or the rule that it broke, wants at the place. */
export function wantedOf(part: RefusedPart, { reason, type = '' }: RefusedFor, schemas: Schemas): Wanted {
  const schema = schemas.get(type);
  const alike = reason === 'unknown-type' ? alikeText(type, schemas) : undefined;
  const ofSchema = schema === undefined ? undefined : expectedAt(schema.schema, part.path, part.keyword);
  const wanted = part.expected ?? alike ?? ofSchema ?? ofRule(part, schema);
  const told = wanted === undefined ? part : { ...part, wanted };
  const trail = trailOf(part.path);
  if (schema === undefined || trail === undefined) return told;
  const field = nearestField(flattenFields(fieldsOf(schema)), trail);
  const page = `/catalog/types/${schema.edi.type}.html`;
  return { ...told, href: field === undefined ? page : `${page}#${fieldAnchor(field.trail)}` };
}

/** Reasons of stages behind ingest say nothing of what a sender should do: their rule is called as they are. */
function ofRule(part: RefusedPart, schema: EventSchema | undefined): string | undefined {
  return expectedOfRule(part, { limits: defaultEventLimits, edi: schema?.edi });
}

/** From the data to the place, as the catalog names it; undefined for what is not in the data. */
function trailOf(path: string): string[] | undefined {
  const [, root, ...segments] = path.split('/');
  if (root !== 'data') return undefined;
  return segments.map((segment) =>
    /^\d+$/.test(segment) ? '[]' : segment.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
}

/** The field at a place, or the one around it: what is not declared has none. */
function nearestField(fields: readonly Field[], trail: readonly string[]): Field | undefined {
  for (let length = trail.length; length > 0; length--) {
    const place = pathText(trail.slice(0, length));
    const field = fields.find((one) => pathText(one.trail) === place);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** Types of its domain, or of its name in another one or another version. */
function alikeText(type: string, schemas: Schemas): string | undefined {
  const [domain, event] = type.split('.');
  const alike = [...schemas.keys()].filter((known) => {
    const [knownDomain, knownEvent] = known.split('.');
    return knownDomain === domain || knownEvent === event;
  });
  return alike.length === 0 ? undefined : `an active type, such as ${alike.slice(0, maxAlike).join(', ')}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - maxNames;
  return more > 0 ? `${names.slice(0, maxNames).join(', ')} and ${more} more` : names.join(', ');
}

const meanings: Readonly<Record<string, string>> = { ...rejectReasons, ...legacyReasons, ...foreignReasons };

/** What a reason means; one of another release has no words here. */
export function meaningOf(reason: string): string | undefined {
  return meanings[reason];
}

const resend = 'Correct what sends it, and send it again under the same source, id and time.';

/** What to do about events that are refused for a reason: with the schema, or with what sends them. */
export function fixOf(reason: string, schema: EventSchema | undefined): string {
  if (reason === 'envelope') return 'Correct what sends it, and send the event again.';
  if (reason === 'unknown-type')
    return 'If the name is right, publish its schema (edi schema publish), then replay. If not, correct what sends it.';
  if (reason === 'retired-type') return 'Send the type that came after it; no event of this one is accepted any more.';
  if (reason === 'sdk')
    return `Its schema lists ${listed(schema?.edi.sdks ?? [])}: add the SDK to "sdks" there, publish, and replay; or use the key of one of these.`;
  if (reason === 'schema')
    return `${resend} If the event is right and the schema is not, change the schema, publish it, and replay.`;
  if (reason === 'mapping' || reason === 'revision' || reason === 'subject-key' || reason === 'unreadable')
    return 'What sends it need do nothing: mend the deployment, then replay.';
  if (reason === 'subject-proof')
    return 'Its request proved nobody whom the schema names since: publish one that does not name them, then replay.';
  if (reason.startsWith('legacy-')) return 'Correct the mapping or the file, and export the file again.';
  return resend;
}
