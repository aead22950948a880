import { type Pointer, parsePointer } from '../event/json-pointer.ts';
import type { Column, DataSubjectReference, KeyPlan, Pseudonymize } from './column.ts';

/** Where rows of a type may hold something personal, below `data`. */
export interface PersonalPlace {
  /** Names of the columns on the way. */
  readonly path: readonly string[];
  readonly isList: boolean;
  /**
   * `pseudonym`: text of which its beginning says whose it is. `within`: a list or JSON, in which pseudonyms stand somewhere.
   * `unmarked`: nothing in it says whose it is (truncated values, tokens, what was dropped since, or lists with such).
   */
  readonly holds: 'pseudonym' | 'within' | 'unmarked';
}

/** A column on the way from `data`, whose items the way goes on in where it is a list. */
export interface PlaceStep {
  readonly name: string;
  readonly isList: boolean;
}

/** Places that speak of one person whom the row need not be about. */
export interface MentionedPlaces {
  /** Where that person's pseudonym stands: the value, or the keys of the JSON there, at any depth. */
  readonly owner: readonly PlaceStep[];
  readonly isKeys: boolean;
  /** What it can be compared with: `whole`, the pseudonym of the person's own id; `beginning`, what all of theirs begin with. */
  readonly by: 'whole' | 'beginning';
  /** What goes with it, the owner's own place included: in the same item as the owner, where that is in a list. */
  readonly paths: readonly (readonly PlaceStep[])[];
}

/** All of them, of the columns below `data`. A list is one place. */
export function personalPlaces(columns: readonly Column[]): PersonalPlace[] {
  return placesOf(columns, []);
}

function placesOf(columns: readonly Column[], above: readonly string[]): PersonalPlace[] {
  return columns.flatMap((column): PersonalPlace[] => {
    const path = [...above, column.name];
    const isList = column.mode === 'REPEATED';
    const { treatment, keys, fields = [] } = column;
    if (treatment?.do === 'pseudonymize') return [{ path, isList, holds: isList ? 'within' : 'pseudonym' }];
    if (treatment !== undefined) return [{ path, isList, holds: 'unmarked' }];
    if (keys !== undefined) return [{ path, isList, holds: 'within' }];
    const below = placesOf(fields, path);
    if (!isList || below.length === 0) return below;
    return [{ path, isList, holds: below.some(({ holds }) => holds === 'unmarked') ? 'unmarked' : 'within' }];
  });
}

/** A treated value, with the names of the properties on the way to it. */
interface Treated {
  readonly column: Column;
  readonly path: readonly PlaceStep[];
  /** An item of a list is one more, as it is where pointers are resolved. */
  readonly properties: readonly string[];
}

/** Stands for an item: no name in a pointer. */
const anItem = '\u0000';

/**
 * What speaks of others than whom the row is about. Where a treatment's pointer leads to the person's own pseudonym, that
 * is what decides; of other pseudonyms their beginning is all that there is. Truncated values and tokens of which only an
 * id in the clear, or nothing that is stored, says whose they are, are in none.
 */
export function mentionedPlaces(columns: readonly Column[]): MentionedPlaces[] {
  const treated = treatedValues(columns, [], []);
  const byOwner = new Map<string, { readonly owner: readonly PlaceStep[]; readonly paths: (readonly PlaceStep[])[] }>();
  const alone: MentionedPlaces[] = [];
  for (const one of treated) {
    const { column, path } = one;
    const owner = ownerOf(one, treated);
    if (owner !== undefined) {
      const key = owner.map(({ name }) => name).join('.');
      const group = byOwner.get(key) ?? { owner, paths: [] };
      byOwner.set(key, group);
      group.paths.push(path);
    } else if (column.keys !== undefined) {
      const by = comparedKeys(column.keys);
      if (by !== undefined) alone.push({ owner: path, isKeys: true, by, paths: [path] });
    } else if (maySpeakOfOthers(column)) alone.push({ owner: path, isKeys: false, by: 'beginning', paths: [path] });
  }
  return [...[...byOwner.values()].map((group) => ({ ...group, isKeys: false, by: 'whole' as const })), ...alone];
}

function treatedValues(
  columns: readonly Column[],
  above: readonly PlaceStep[],
  properties: readonly string[],
): Treated[] {
  return columns.flatMap((column): Treated[] => {
    const isList = column.mode === 'REPEATED';
    const path = [...above, { name: column.name, isList }];
    const below = [...properties, column.property, ...(isList ? [anItem] : [])];
    if (column.treatment !== undefined || column.keys !== undefined) return [{ column, path, properties: below }];
    return treatedValues(column.fields ?? [], path, below);
  });
}

/** Pseudonyms with a pointer; and what was dropped since, which may have been one. */
function maySpeakOfOthers({ treatment, type }: Column): boolean {
  if (treatment?.do === 'drop') return type === 'STRING';
  return treatment?.do === 'pseudonymize' && treatment.subject !== undefined;
}

/** How keys of others are compared; undefined where all that are treated are of whom the row is about. */
function comparedKeys(plan: KeyPlan): MentionedPlaces['by'] | undefined {
  const treatments = [...treatmentsOfKeys(plan, new Set())].filter(({ subject }) => subject !== undefined);
  if (treatments.length === 0) return undefined;
  return treatments.every((one) => one.subject?.pointer === '0' && !isPadded(one)) ? 'whole' : 'beginning';
}

/** A plan may hold itself. */
function* treatmentsOfKeys(plan: KeyPlan, seen: Set<KeyPlan>): Generator<Pseudonymize> {
  if (seen.has(plan)) return;
  seen.add(plan);
  if (plan.keys !== undefined) yield plan.keys;
  for (const below of [...plan.declared.values(), plan.others, plan.items])
    if (below !== undefined) yield* treatmentsOfKeys(below, seen);
}

/** The path to the pseudonym of a person's own id, where the treatment points at a value that is one. */
function ownerOf({ column, properties }: Treated, all: readonly Treated[]): readonly PlaceStep[] | undefined {
  const { treatment } = column;
  if (treatment === undefined || treatment.do === 'drop' || treatment.subject === undefined) return undefined;
  const { subject } = treatment;
  const target = targetOf(subject, properties);
  const owner = all.find((one) => one.properties.join('\n') === target);
  return owner !== undefined && isOwnId(owner, subject.realm) ? owner.path : undefined;
}

/** Encrypted for whom it names itself, and as it is. */
function isOwnId({ column: { treatment }, properties }: Treated, realm: string): boolean {
  if (treatment?.do !== 'pseudonymize' || treatment.subject?.realm !== realm) return false;
  return !isPadded(treatment) && targetOf(treatment.subject, properties) === properties.join('\n');
}

function isPadded({ padBytes }: Pseudonymize): boolean {
  return padBytes !== undefined;
}

/** The properties on the way to where the pointer leads, a line each; undefined where it is none. */
function targetOf({ pointer: text }: DataSubjectReference, from: readonly string[]): string | undefined {
  const pointer: Pointer | undefined = parsePointer(text);
  if (pointer === undefined) return undefined;
  const start = pointer.up === undefined ? [] : from.slice(0, from.length - pointer.up);
  return [...start, ...pointer.segments].join('\n');
}
