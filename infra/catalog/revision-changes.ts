import type { JsonObject } from '../../shared/event/json.ts';
import { type EdiBlock, type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { isClosed } from '../../shared/event-types/mapping/properties.ts';
import type { Shape } from '../../shared/event-types/mapping/shape.ts';
import { type Field, type FieldKeys, fieldsOf, flattenFields, pathText, payloadOf } from './fields.ts';
import { treatmentText } from './treatment-text.ts';
import { constraintTexts, typeText } from './type-text.ts';

/** A change of a schema in words. */
export interface RevisionChange {
  /** What of the schema: `stage`, or the path of a field. */
  readonly subject: string;
  /** What became of it: `new: string`, `ga, was beta`. */
  readonly text: string;
}

/**
 * What a reader of the data has to know of the way from one revision to the next: fields, types, limits, treatments,
 * descriptions and the `edi` block. Undefined where a document is older than the schema language and cannot be read.
 */
export function revisionChanges(before: JsonObject, after: JsonObject): readonly RevisionChange[] | undefined {
  const [old, now] = [readEventSchema(before), readEventSchema(after)];
  if (old.kind === 'bad' || now.kind === 'bad') return undefined;
  return [
    ...ediChanges(old.eventSchema.edi, now.eventSchema.edi),
    ...changeOf(undeclared, openness(payloadOf(old.eventSchema).shape), openness(payloadOf(now.eventSchema).shape)),
    ...fieldChanges(old.eventSchema, now.eventSchema),
  ];
}

function ediChanges(old: EdiBlock, now: EdiBlock): RevisionChange[] {
  const told: readonly (readonly [name: string, tell: (edi: EdiBlock) => string])[] = [
    ['owner', ({ owner }) => owner],
    ['stage', ({ stage }) => stage],
    ['sent by', ({ sdks }) => [...sdks].sort().join(', ')],
    ['kept for', ({ retentionDays }) => `${retentionDays} days`],
    ['priority', ({ priority }) => priority],
    ['data subject', ({ subjectRealm }) => subjectRealm],
  ];
  const changes = told.flatMap(([subject, tell]) => changeOf(subject, tell(old), tell(now)));
  return old.description === now.description
    ? changes
    : [...changes, { subject: 'description', text: now.description }];
}

const undeclared = 'undeclared properties';

/** Of an object that may be null, or of the objects of an array. */
function openness({ kinds, object, array }: Shape): string {
  const { items } = array;
  if (!kinds.has('object') && items !== undefined) return openness(items.shape());
  return isClosed(object) ? 'rejected' : 'dropped';
}

function changeOf(subject: string, old: string, now: string): RevisionChange[] {
  return old === now ? [] : [{ subject, text: `${now}, was ${old}` }];
}

function fieldChanges(old: EventSchema, now: EventSchema): RevisionChange[] {
  const before = new Map(flattenFields(fieldsOf(old)).map((field) => [pathText(field.trail), field]));
  const after = new Map(flattenFields(fieldsOf(now)).map((field) => [pathText(field.trail), field]));
  const kept = [...after].flatMap(([path, field]): RevisionChange[] => {
    const earlier = before.get(path);
    if (earlier === undefined) return [{ subject: path, text: `new: ${summary(field)}` }];
    return sameField(path, earlier, field);
  });
  const gone = [...before.keys()].filter((path) => !after.has(path));
  return [...kept, ...gone.map((path) => ({ subject: path, text: 'no longer declared' }))];
}

function summary({ shape, required }: Field): string {
  return `${typeText(shape)}${required ? ', required' : ''}`;
}

function sameField(path: string, before: Field, now: Field): RevisionChange[] {
  const limits = ({ shape }: Field) => constraintTexts(shape).join('; ') || 'no limits';
  const treatment = (field: Field) => (field.treatment === undefined ? 'in the clear' : treatmentText(field.treatment));
  const need = ({ required }: Field) => (required ? 'required' : 'optional');
  const isObject = before.fields.length > 0 && now.fields.length > 0;
  const described = before.description === now.description;
  return [
    ...changeOf(path, typeText(before.shape), typeText(now.shape)),
    ...changeOf(path, limits(before), limits(now)),
    ...changeOf(path, need(before), need(now)),
    ...changeOf(path, treatment(before), treatment(now)),
    ...changeOf(`keys of ${path}`, keysText(before.keys), keysText(now.keys)),
    ...(isObject ? changeOf(`${undeclared} of ${path}`, openness(before.shape), openness(now.shape)) : []),
    ...(described ? [] : [{ subject: path, text: `described as “${now.description ?? ''}”` }]),
  ];
}

function keysText(keys: readonly FieldKeys[]): string {
  const texts = keys.map(({ inside, treatment }) => {
    const where = inside.length === 0 ? '' : `of ${pathText(inside)} `;
    return `${where}${treatment === undefined ? 'in the clear' : treatmentText(treatment)}`;
  });
  return texts.join('; ') || 'none';
}
