import { type Pointer, parsePointer, pointerSegment } from '../../event/json-pointer.ts';
import type { DecidedSchema } from '../../event-types/mapping/map-schema.ts';
import type { Decision } from '../../event-types/mapping/mapping-run.ts';
import { isClosed, mergeProperties, requires } from '../../event-types/mapping/properties.ts';
import { anything, type Shape } from '../../event-types/mapping/shape.ts';
import { errorAt, type Finding } from './finding.ts';
import { likelyName } from './replaced-keywords.ts';

/** Pointers to data subjects that lead to nobody: in every event, or in some, whose values are dropped then. */
export function subjectFindings({ shape, decisions }: DecidedSchema): readonly Finding[] {
  const findings = decisions.flatMap((decision): Finding[] => {
    const { treatment } = decision;
    if (treatment === undefined || treatment.do === 'drop' || treatment.subject === undefined) return [];
    const pointer = parsePointer(treatment.subject.pointer);
    if (pointer === undefined) return [];
    const answer = follow(pointer, shape, decision);
    const isKnown = answer?.isRequired === false && treatment.subject.optional === true;
    return answer === undefined || isKnown ? [] : [finding(decision, treatment.subject.pointer, answer)];
  });
  return oncePerMatter(findings);
}

/** A definition is used more than once, and many treatments name one person: an error once a place, a warning once. */
function oncePerMatter(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ severity, pointer, message }) => {
    const matter = severity === 'error' ? pointer : message;
    return !seen.has(matter) && seen.add(matter) !== undefined;
  });
}

/** Why a pointer may lead to nothing. */
interface Miss {
  /** No accepted event has anybody there. */
  readonly isNever: boolean;
  readonly reason: string;
  /** False for what is declared, but need not be there: that can be meant. */
  readonly isRequired?: false;
  /** The pointer that was probably meant. */
  readonly likely?: string;
}

interface Spot {
  readonly shape: Shape;
  /** Known to be there, because the treated value is inside it, or it is required. */
  readonly isThere: boolean;
}

function follow(pointer: Pointer, root: Shape, { trail }: Decision): Miss | undefined {
  const spots: Spot[] = [root, ...trail.map(({ part }) => part.shape())].map((shape) => ({ shape, isThere: true }));
  const at = pointer.up === undefined ? 0 : spots.length - 1 - pointer.up;
  const start = spots[at];
  if (start === undefined) {
    return {
      isNever: true,
      reason: `it goes up ${pointer.up} levels, and there are ${spots.length - 1} above the value`,
    };
  }
  let spot = start;
  for (const [index, segment] of pointer.segments.entries()) {
    // As long as the way is the value's own, what is on it is there.
    const own = trail[at + index];
    const isOwn =
      own?.name === segment && pointer.segments.slice(0, index).every((name, i) => trail[at + i]?.name === name);
    const next = isOwn ? { shape: own.part.shape(), isThere: true } : step(spot, segment);
    if ('reason' in next) {
      const { likely, ...miss } = next;
      if (likely === undefined) return miss;
      const meant = pointer.segments.with(index, likely).map((name) => `/${pointerSegment(name)}`);
      return { ...miss, likely: `${pointer.up ?? ''}${meant.join('')}` };
    }
    spot = next;
  }
  return whom(spot);
}

/** Whether there is a text or a number at the end, which identifies somebody. */
function whom({ shape: { kinds }, isThere }: Spot): Miss | undefined {
  const names = [...kinds].filter((kind) => kind !== 'string' && kind !== 'integer' && kind !== 'fraction');
  if (names.length === kinds.size)
    return { isNever: true, reason: `there is no text or number there, but ${names.join(' or ')}` };
  if (names.length > 0) return { isNever: false, isRequired: false, reason: `it may be ${names.join(' or ')} there` };
  return isThere ? undefined : { isNever: false, isRequired: false, reason: 'what it points to is not required' };
}

function step({ shape, isThere }: Spot, segment: string): Spot | Miss {
  const { kinds, object, array } = shape;
  if (kinds.has('array') && /^(0|[1-9]\d*)$/.test(segment)) {
    return { shape: array.items?.shape() ?? anything, isThere: false };
  }
  if (!kinds.has('object')) return { isNever: true, reason: `there is no object in which "${segment}" could be` };
  const properties = mergeProperties(object, 'exact');
  const part = properties.get(segment);
  if (part?.shape().kinds.size === 0) return { isNever: true, reason: 'no value can be there' };
  if (part !== undefined) {
    return { shape: part.shape(), isThere: isThere && kinds.size === 1 && requires(object, segment) };
  }
  const likely = likelyName(segment, properties.keys());
  const meant = likely === undefined ? {} : { likely };
  if (isClosed(object)) return { isNever: true, reason: `no "${segment}" can be there`, ...meant };
  return { isNever: false, reason: `"${segment}" is not declared`, ...meant };
}

function finding({ pointer }: Decision, subject: string, { isNever, isRequired, reason, likely }: Miss): Finding {
  const meant = 'require it, or say that this is meant: "optional": true beside the pointer';
  const fix = likely === undefined ? (isRequired === false ? meant : undefined) : `did you mean "${likely}"?`;
  const at = `${pointer}/treatment/subject/pointer`;
  if (isNever) {
    const message = `"${subject}" leads to no data subject in any event: ${reason}; every value is dropped`;
    return errorAt(at, 'subject-unreachable', message, fix);
  }
  const message = `"${subject}" may lead to no data subject: ${reason}; the values of such an event are dropped`;
  return { ...errorAt(at, 'subject-optional', message, fix), severity: 'warning' };
}
