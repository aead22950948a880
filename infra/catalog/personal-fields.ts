import type { Treatment } from '../../shared/event-types/column.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { type Field, fieldsOf, flattenFields } from './fields.ts';
import { type SubjectText, subjectOf } from './treatment-text.ts';

/** A field whose values, or whose keys, are personal. */
export interface PersonalField {
  readonly field: Field;
  readonly treatment: Treatment;
  /** Of the keys of a map, and not of values. */
  readonly ofKeys: boolean;
  /** Undefined for what is dropped, which becomes nobody's. */
  readonly subject: SubjectText | undefined;
  /** Whose people it is of: its data subject's, and of a token that of the number that it stands for. */
  readonly realms: readonly string[];
}

const known = new WeakMap<EventSchema, readonly PersonalField[]>();

/** What a type holds of people, in the order of its fields. Several pages and the search ask for it. */
export function personalFieldsOf(schema: EventSchema): readonly PersonalField[] {
  let fields = known.get(schema);
  if (fields === undefined) {
    const { subjectRealm } = schema.edi;
    fields = flattenFields(fieldsOf(schema)).flatMap((field) => ofField(field, subjectRealm));
    known.set(schema, fields);
  }
  return fields;
}

function ofField(field: Field, subjectRealm: string): PersonalField[] {
  const { treatment, trail, keys } = field;
  const isArray = field.column?.mode === 'REPEATED';
  const own = treatment === undefined ? [] : [{ treatment, ofKeys: false, from: trail, isArray }];
  const ofKeys = keys.flatMap(({ treatment: ofThem, inside }) =>
    ofThem === undefined ? [] : [{ treatment: ofThem, ofKeys: true, from: [...trail, ...inside, '*'], isArray: false }],
  );
  return [...own, ...ofKeys].map(({ treatment: done, ofKeys: are, from, isArray: list }) => {
    const subject = subjectOf(done, { trail: from, subjectRealm, isArray: list });
    const realms = [...(subject === undefined ? [] : [subject.realm]), ...(done.do === 'tokenize' ? [done.realm] : [])];
    return { field, treatment: done, ofKeys: are, subject, realms: [...new Set(realms)] };
  });
}
