import { type Pointer, parsePointer } from '../event/json-pointer.ts';
import type { Column, DataSubjectReference, Pseudonymize } from './column.ts';

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

/** Places, outside of lists, that speak of one person whom the row need not be about. */
export interface MentionedPlaces {
  /** Where that person's pseudonym stands. */
  readonly owner: readonly string[];
  /** What it can be compared with: `whole`, the pseudonym of the person's own id; `beginning`, what all of theirs begin with. */
  readonly by: 'whole' | 'beginning';
  /** What goes with it, the owner's own place included. */
  readonly paths: readonly (readonly string[])[];
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

/** A treated value outside of lists, with the names of the properties on the way to it. */
interface Treated {
  readonly column: Column;
  readonly path: readonly string[];
  readonly properties: readonly string[];
}

/**
 * What speaks of others than whom the row is about. Where a treatment's pointer leads to the person's own pseudonym, that
 * is what decides; of other pseudonyms their beginning is all that there is. Truncated values and tokens of which only an
 * id in the clear, or nothing that is stored, says whose they are, are in none.
 */
export function mentionedPlaces(columns: readonly Column[]): MentionedPlaces[] {
  const treated = treatedValues(columns, [], []);
  const byOwner = new Map<string, { readonly owner: readonly string[]; readonly paths: (readonly string[])[] }>();
  const alone: MentionedPlaces[] = [];
  for (const one of treated) {
    const { column, path } = one;
    const owner = ownerOf(one, treated);
    if (owner !== undefined) {
      const key = owner.join('.');
      const group = byOwner.get(key) ?? { owner, paths: [] };
      byOwner.set(key, group);
      group.paths.push(path);
    } else if (maySpeakOfOthers(column)) alone.push({ owner: path, by: 'beginning', paths: [path] });
  }
  return [...[...byOwner.values()].map((group) => ({ ...group, by: 'whole' as const })), ...alone];
}

function treatedValues(columns: readonly Column[], path: readonly string[], properties: readonly string[]): Treated[] {
  return columns.flatMap((column): Treated[] => {
    if (column.mode === 'REPEATED') return [];
    const below = [
      [...path, column.name],
      [...properties, column.property],
    ] as const;
    if (column.treatment !== undefined) return [{ column, path: below[0], properties: below[1] }];
    return treatedValues(column.fields ?? [], ...below);
  });
}

/** Pseudonyms with a pointer; and what was dropped since, which may have been one. */
function maySpeakOfOthers({ treatment, type }: Column): boolean {
  if (treatment?.do === 'drop') return type === 'STRING';
  return treatment?.do === 'pseudonymize' && treatment.subject !== undefined;
}

/** The path to the pseudonym of a person's own id, where the treatment points at a value that is one. */
function ownerOf({ column, properties }: Treated, all: readonly Treated[]): readonly string[] | undefined {
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
