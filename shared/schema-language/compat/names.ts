import type { Emptiness, Literal, Names } from './literals.ts';
import { safeRegExp } from './safe-reg-exp.ts';

/** Whether a property name is among some names; undefined when that cannot be decided. */
export function hasName(names: Names, name: string, ask: Emptiness): boolean | undefined {
  if (names.kind === 'these') return names.names.has(name);
  if (names.except.has(name)) return false;
  const expected = (pattern: string, holds: boolean) => {
    const found = safeRegExp(pattern)?.test(name);
    return found === undefined ? undefined : found === holds;
  };
  const answers = [
    ...names.matches.map((pattern) => expected(pattern, true)),
    ...names.avoids.map((pattern) => expected(pattern, false)),
    ask.accepts(names.facts, name),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

type Others = Extract<Names, { readonly kind: 'others' }>;

/** A set of names written as conditions on a string. */
export interface NameRegion {
  readonly literals: readonly Literal[];
  readonly facts: Others['facts'];
}

/** The names themselves, but for those that are looked at one by one. */
export function insideOf({ matches, avoids, facts }: Others): NameRegion {
  return {
    literals: [
      ...matches.map((pattern): Literal => ({ kind: 'pattern', pattern, holds: true })),
      ...avoids.map((pattern): Literal => ({ kind: 'pattern', pattern, holds: false })),
    ],
    facts,
  };
}

/** All other names, as regions of which each name is in one at least. */
export function outsideOf({ matches, avoids, facts }: Others): NameRegion[] {
  return [
    ...matches.map((pattern) => region({ kind: 'pattern', pattern, holds: false })),
    ...avoids.map((pattern) => region({ kind: 'pattern', pattern, holds: true })),
    ...facts.map(({ term, fits }) => ({ literals: [], facts: [{ term, fits: !fits }] })),
  ];
}

function region(literal: Literal): NameRegion {
  return { literals: [literal], facts: [] };
}
