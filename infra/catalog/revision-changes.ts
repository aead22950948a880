import type { JsonObject } from '../../shared/event/json.ts';
import { type EdiBlock, type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { resolveNode, withoutNullBranch } from '../../shared/event-types/schema-node.ts';
import { type Field, fieldsOf, flattenFields, pathText } from './fields.ts';
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
    ...changeOf(undeclared, openness(before), openness(after)),
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

function openness({ additionalProperties }: JsonObject): string {
  return additionalProperties === false ? 'rejected' : 'dropped';
}

function changeOf(subject: string, old: string, now: string): RevisionChange[] {
  return old === now ? [] : [{ subject, text: `${now}, was ${old}` }];
}

function fieldChanges(old: EventSchema, now: EventSchema): RevisionChange[] {
  const before = new Map(flattenFields(fieldsOf(old)).map((field) => [pathText(field.trail), field]));
  const after = new Map(flattenFields(fieldsOf(now)).map((field) => [pathText(field.trail), field]));
  const kept = [...after].flatMap(([path, field]): RevisionChange[] => {
    const earlier = before.get(path);
    if (earlier === undefined) return [{ subject: path, text: `new: ${summary(now, field)}` }];
    return sameField(path, [old, earlier], [now, field]);
  });
  const gone = [...before.keys()].filter((path) => !after.has(path));
  return [...kept, ...gone.map((path) => ({ subject: path, text: 'no longer declared' }))];
}

function summary({ schema }: EventSchema, { node, required }: Field): string {
  return `${typeText(schema, node)}${required ? ', required' : ''}`;
}

/** Of an object that may be null, or of the objects of an array. */
function objectOpenness({ schema }: EventSchema, { node }: Field): string {
  const single = withoutNullBranch(schema, node) ?? node;
  return openness(resolveNode(schema, single['items']) ?? single);
}

type Declared = readonly [schema: EventSchema, field: Field];

function sameField(path: string, [old, before]: Declared, [now, after]: Declared): RevisionChange[] {
  const limits = ({ schema }: EventSchema, { node }: Field) => constraintTexts(schema, node).join('; ') || 'no limits';
  const treatment = (field: Field) => (field.treatment === undefined ? 'in the clear' : treatmentText(field.treatment));
  const need = ({ required }: Field) => (required ? 'required' : 'optional');
  const isObject = before.fields.length > 0 && after.fields.length > 0;
  const inside = `${undeclared} of ${path}`;
  const described = before.description === after.description;
  return [
    ...changeOf(path, typeText(old.schema, before.node), typeText(now.schema, after.node)),
    ...changeOf(path, limits(old, before), limits(now, after)),
    ...changeOf(path, need(before), need(after)),
    ...changeOf(path, treatment(before), treatment(after)),
    ...(isObject ? changeOf(inside, objectOpenness(old, before), objectOpenness(now, after)) : []),
    ...(described ? [] : [{ subject: path, text: `described as “${after.description ?? ''}”` }]),
  ];
}
