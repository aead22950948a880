import { parsePointer } from '../../shared/event/json-pointer.ts';
import type { DataSubjectReference, Treatment } from '../../shared/event-types/column.ts';
import { keepDaysOf } from '../../shared/event-types/kept-values.ts';

/** What a treatment does to a value, in words, and for how long the table keeps what it makes. */
export function treatmentText(treatment: Treatment): string {
  const keepDays = keepDaysOf(treatment);
  const kept = keepDays === undefined ? '' : `; kept for ${keepDays} days, then emptied`;
  return effectText(treatment) + kept;
}

function effectText(treatment: Treatment): string {
  if (treatment.do === 'drop') return 'dropped: it reaches no topic and no table';
  if (treatment.do === 'pseudonymize') {
    const padding = treatment.padBytes === undefined ? '' : `, in blocks of ${treatment.padBytes} bytes`;
    return `pseudonymized with the data subject's key${padding}`;
  }
  if (treatment.do === 'tokenize') {
    const { realm, domain } = treatment;
    return `replaced by a token that is equal for equal values of ${realm} in the domain ${domain}`;
  }
  switch (treatment.to) {
    case 'network':
      return 'cut to its network (/24, or /48 for IPv6)';
    case 'hour':
      return 'cut to the hour, UTC';
    case 'day':
      return 'cut to the day, UTC';
    case 'grid':
      return `rounded to a grid of ${treatment.gridDegrees} degrees`;
  }
}

/** Where in the event a data subject stands. */
export type SubjectPlace =
  /** The envelope's `subject`. */
  | { readonly kind: 'envelope' }
  /** The treated value is its own subject. */
  | { readonly kind: 'itself' }
  | { readonly kind: 'field'; readonly trail: readonly string[] };

/** Whose data a treated value is. */
export interface SubjectText {
  readonly realm: string;
  readonly place: SubjectPlace;
}

/** Undefined for a dropped value, which becomes nobody's. `trail` leads to the field; `subjectRealm` is the type's. */
export function subjectOf(
  treatment: Treatment,
  { trail, subjectRealm, isArray }: { trail: readonly string[]; subjectRealm: string; isArray: boolean },
): SubjectText | undefined {
  if (treatment.do === 'drop') return undefined;
  if (treatment.subject === undefined) return { realm: subjectRealm, place: { kind: 'envelope' } };
  // A treatment on the items of an array is a level below the array.
  const from = isArray ? [...trail, '[]'] : trail;
  return { realm: treatment.subject.realm, place: placeOf(treatment.subject, from) };
}

function placeOf({ pointer }: DataSubjectReference, from: readonly string[]): SubjectPlace {
  const { up, segments } = parsePointer(pointer) ?? { segments: [] };
  if (up === 0 && segments.length === 0) return { kind: 'itself' };
  const base = up === undefined ? [] : from.slice(0, Math.max(0, from.length - up));
  return { kind: 'field', trail: [...base, ...segments.map((segment) => (/^\d+$/.test(segment) ? '[]' : segment))] };
}
