import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import type { Column, DataSubjectReference, KeyPlan } from '../event-types/column.ts';
import type { PayloadColumns } from '../event-types/columns.ts';
import type { EventSchema } from '../event-types/event-schema.ts';
import { type DataSubject, findSubject } from '../event-types/project.ts';
import { visitKeys } from '../event-types/project-keys.ts';

/** A person whom an event names. */
export interface NamedPerson extends DataSubject {
  /** JSON Pointer to what names them: the subject, or a value that is theirs. */
  readonly path: string;
}

/** What of an event names people. */
interface Naming {
  readonly subject?: string;
  readonly data: JsonObject;
}

/**
 * The people of these realms whom an event names, each once: by `subject`, or where a treatment of its type finds whose a
 * value is. Takes data that no schema has judged, and finds in it all whom the row of such an event would be about.
 */
export function namedPeople(
  { edi, payload }: Pick<EventSchema, 'edi' | 'payload'>,
  { subject, data }: Naming,
  realms: { has(realm: string): boolean },
): readonly NamedPerson[] {
  const found = new Map<string, NamedPerson>();
  const add = (person: NamedPerson) => {
    const key = `${person.realm} ${person.subject}`;
    if (!found.has(key)) found.set(key, person);
  };
  if (subject !== undefined && realms.has(edi.subjectRealm)) {
    add({ realm: edi.subjectRealm, subject, path: '/subject' });
  }
  const mayName = [...namingRealms(payload)].some((realm) => realms.has(realm));
  if (mayName) walkRecord({ realms, add, trail: [data] }, payload.columns, { value: data, path: '/data' });
  return [...found.values()];
}

const knownRealms = new WeakMap<PayloadColumns, ReadonlySet<string>>();

/** Realms that treatments of a payload name, found once for each. */
function namingRealms(payload: PayloadColumns): ReadonlySet<string> {
  const known = knownRealms.get(payload);
  if (known !== undefined) return known;
  const realms = new Set<string>();
  for (const { reference } of references(payload.columns)) realms.add(reference.realm);
  knownRealms.set(payload, realms);
  return realms;
}

/** A treatment's reference to whose a value is, and where the value stands: `*` is any item, key or value of a map. */
export interface PlacedReference {
  readonly reference: DataSubjectReference;
  readonly at: readonly string[];
}

/** Every reference to a data subject in columns. */
export function references(columns: readonly Column[], above: readonly string[] = []): PlacedReference[] {
  return columns.flatMap((column): PlacedReference[] => {
    const own = [...above, column.property];
    const at = column.mode === 'REPEATED' ? [...own, '*'] : own;
    const { treatment, keys, fields = [] } = column;
    if (treatment !== undefined) {
      const reference = treatment.do === 'drop' ? undefined : treatment.subject;
      return reference === undefined ? [] : [{ reference, at }];
    }
    return [...(keys === undefined ? [] : keyReferences(keys, at, new Set())), ...references(fields, at)];
  });
}

/** A recursive plan holds itself: each level is looked at once. */
function keyReferences(plan: KeyPlan, at: readonly string[], seen: Set<KeyPlan>): PlacedReference[] {
  if (seen.has(plan)) return [];
  seen.add(plan);
  const reference = plan.keys?.subject;
  const own = reference === undefined ? [] : [{ reference, at: [...at, '*'] }];
  const below = [...plan.declared].flatMap(([name, inner]) => keyReferences(inner, [...at, name], seen));
  const others = [plan.others, plan.items].flatMap((inner) =>
    inner === undefined ? [] : keyReferences(inner, [...at, '*'], seen),
  );
  return [...own, ...below, ...others];
}

interface Walk {
  readonly realms: { has(realm: string): boolean };
  readonly add: (person: NamedPerson) => void;
  readonly trail: JsonValue[];
}

interface Spot {
  readonly value: JsonValue;
  readonly path: string;
}

function walkRecord(walk: Walk, columns: readonly Column[], { value, path }: Spot & { readonly value: JsonObject }) {
  for (const column of columns) {
    const property = Object.hasOwn(value, column.property) ? value[column.property] : undefined;
    if (property === undefined || property === null) continue;
    const own = `${path}/${column.property}`;
    walk.trail.push(property);
    if (column.mode !== 'REPEATED') walkValue(walk, column, { value: property, path: own });
    else if (Array.isArray(property)) {
      for (const item of property) {
        walk.trail.push(item);
        walkValue(walk, column, { value: item, path: own });
        walk.trail.pop();
      }
    }
    walk.trail.pop();
  }
}

function walkValue(walk: Walk, column: Column, { value, path }: Spot): void {
  const { treatment, keys, fields = [] } = column;
  if (treatment !== undefined) {
    if (treatment.do !== 'drop') addOwner(walk, treatment.subject, path);
  } else if (keys !== undefined) {
    visitKeys(value, keys, walk.trail, (_object, _key, ofKeys) => addOwner(walk, ofKeys.subject, path));
  } else if (isJsonObject(value)) walkRecord(walk, fields, { value, path });
}

function addOwner({ realms, add, trail }: Walk, reference: DataSubjectReference | undefined, path: string): void {
  if (reference === undefined || !realms.has(reference.realm)) return;
  const owner = findSubject(reference, trail);
  if (owner !== undefined) add({ ...owner, path });
}
