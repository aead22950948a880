import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import { foreignReasons, legacyReasons, rejectReasons } from '../../../shared/outcome/outcome.ts';
import { type Field, fieldAnchor, fieldsOf, flattenFields, pathText } from '../../catalog/fields.ts';
import { constraintTexts, typeText } from '../../catalog/type-text.ts';
import type { RefusedPart } from './live-quarantine.ts';

/** What an event is refused for, in words for whoever sent it. From the schema alone, never from the event. */
export interface Wanted extends RefusedPart {
  /** What the rule wants there; absent where neither record nor schema says. */
  readonly wanted?: string;
  /** What the property is, as its schema describes it. */
  readonly description?: string;
  /** Where the catalog tells of it. */
  readonly href?: string;
}

/** Schemas of the active types, by type. */
export type Schemas = ReadonlyMap<string, EventSchema>;

/** Rules by which a property is refused for being there. */
const undeclaredRules = new Set(['additionalProperties', 'unevaluatedProperties', 'propertyNames']);
/** Names of an object's properties that are listed. */
const maxNames = 24;

/** What attributes of the envelope are to be (CloudEvents 1.0, and the receiver API). */
const envelope: Readonly<Record<string, string>> = {
  '/specversion': 'the text "1.0"',
  '/id': 'a text of 1 to 256 bytes, of this event alone',
  '/source': 'a text of 1 to 256 bytes, of one installation',
  '/type': 'a name <domain>.<event>.v<major>',
  '/time': 'a time with its offset (RFC 3339), such as 2026-11-29T12:00:00Z',
  '/data': 'a JSON object',
};

/** Names of active types that are told to whoever sent another. */
const maxAlike = 4;

/** Of whom a failure is told. */
export interface RefusedFor {
  readonly reason: string;
  readonly type?: string;
}

/** Adds to a failure what the schema of its type says of the place. */
export function wantedOf(part: RefusedPart, { reason, type = '' }: RefusedFor, schemas: Schemas): Wanted {
  const schema = schemas.get(type);
  const trail = trailOf(part.path);
  if (reason === 'unknown-type') return withExpected(part, alikeText(type, schemas));
  if (reason === 'envelope') return withExpected(part, envelope[part.path]);
  if (schema === undefined || trail === undefined) return withExpected(part);
  const fields = flattenFields(fieldsOf(schema));
  const href = (field?: Field) =>
    `/catalog/types/${schema.edi.type}.html${field === undefined ? '' : `#${fieldAnchor(field.trail)}`}`;
  if (undeclaredRules.has(part.keyword)) {
    const parent = parentOf(fields, trail, part.keyword);
    const names = (parent?.fields ?? fieldsOf(schema)).map(({ name }) => name);
    return { ...withExpected(part, `no other property than ${listed(names)}`), href: href(parent) };
  }
  const field = fields.find((one) => pathText(one.trail) === pathText(trail));
  if (field === undefined) return { ...withExpected(part), href: href() };
  const { description } = field;
  return {
    ...withExpected(part, fieldText(field)),
    ...(description === undefined ? {} : { description }),
    href: href(field),
  };
}

function withExpected(part: RefusedPart, text = part.expected): Wanted {
  const wanted = part.expected ?? text;
  return wanted === undefined ? part : { ...part, wanted };
}

/** From the data to the place, as the catalog names it; undefined for what is not in the data. */
function trailOf(path: string): string[] | undefined {
  const [, root, ...segments] = path.split('/');
  if (root !== 'data') return undefined;
  return segments.map((segment) =>
    /^\d+$/.test(segment) ? '[]' : segment.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
}

/** The object that holds what is not declared: `*` stands for the name, which may be personal. */
function parentOf(fields: readonly Field[], trail: readonly string[], keyword: string): Field | undefined {
  const isNamed = keyword !== 'propertyNames' && (trail.at(-1) === '*' || !fields.some((one) => isAt(one, trail)));
  const parent = isNamed ? trail.slice(0, -1) : trail;
  const ofItems = parent.at(-1) === '[]' ? parent.slice(0, -1) : parent;
  return fields.find((one) => isAt(one, ofItems));
}

function isAt({ trail }: Field, place: readonly string[]): boolean {
  return pathText(trail) === pathText(place);
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

function fieldText({ shape, required }: Field): string {
  return [typeText(shape), ...constraintTexts(shape), ...(required ? ['required'] : [])].join('; ');
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
