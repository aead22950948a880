import { canonicalJson } from '../../event/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../event/json.ts';
import { Branch } from './branch.ts';
import { type Fact, opposite } from './facts.ts';
import { type Literal, type Names, valueTypes } from './literals.ts';
import { hasName } from './names.ts';
import type { Search } from './search.ts';
import { numberCandidates, textCandidates } from './simple-values.ts';

/** Candidates that are looked at for one value inside another; the simplest come first. */
const maxCandidates = 12;
const maxDepth = 12;
const maxItems = 64;

export interface Building {
  readonly search: Search;
  readonly options: ConstructorParameters<typeof Branch>[1];
  /** Checks a text's format; undefined where formats are annotations. */
  readonly checkFormat?: (format: string, text: string) => boolean | undefined;
  /** What is left of the work that may be done. */
  steps: number;
}

/** Values of which facts hold, as far as they can be told: the simple types first. Ends when the work runs out. */
export function* valuesOf(building: Building, facts: readonly Fact[], depth = 0): Generator<JsonValue> {
  if (depth > maxDepth) return;
  for (const type of valueTypes) {
    const branch = new Branch(type, building.options);
    if (!branch.take({ facts, literals: [] })) continue;
    for (const value of ofBranch(building, branch, depth)) {
      if (building.search.accepts(facts, value) !== false) yield value;
    }
  }
}

function* ofBranch(building: Building, branch: Branch, depth: number): Generator<JsonValue> {
  if (--building.steps < 0 || building.search.isClosed(branch)) return;
  if (branch.listed !== undefined) return yield* branch.listed;
  const [choice] = [...branch.choices].sort((a, b) => a.length - b.length);
  if (choice === undefined) return yield* plainValues(building, branch, depth);
  for (const way of choice) {
    const next = branch.without(choice);
    if (next.take(way)) yield* ofBranch(building, next, depth);
  }
}

function* plainValues(building: Building, { type, literals }: Branch, depth: number): Generator<JsonValue> {
  if (type === 'number') yield* numberCandidates(literals);
  else if (type === 'string') yield* textCandidates(literals, building.checkFormat);
  else if (type === 'array') yield* arrays(building, literals, depth);
  else yield* objects(building, literals, depth);
}

type OfKind<K extends Literal['kind']> = Extract<Literal, { readonly kind: K }>;

function ofKind<K extends Literal['kind']>(literals: readonly Literal[], kind: K): OfKind<K>[] {
  return literals.filter((literal): literal is OfKind<K> => literal.kind === kind);
}

function sizeOf(literals: readonly Literal[]): { readonly min: number; readonly max: number } {
  const sizes = ofKind(literals, 'size');
  return { min: Math.max(0, ...sizes.map(({ min }) => min)), max: Math.min(...sizes.map(({ max }) => max)) };
}

function* arrays(building: Building, literals: readonly Literal[], depth: number): Generator<JsonValue> {
  const { min, max } = sizeOf(literals);
  const [some, counts, unique] = [ofKind(literals, 'item'), ofKind(literals, 'count'), ofKind(literals, 'unique')];
  const counted = counts.reduce((sum, count) => sum + count.min, 0);
  const repeats = unique.some(({ holds }) => !holds);
  const least = Math.max(min, repeats ? 2 : 0, ...some.map(({ from }) => from + 1));
  for (const length of new Set([least, Math.max(least, counted), counted + some.length, least + 1])) {
    if (length < least || length > Math.min(max, maxItems)) continue;
    const facts = Array.from({ length }, (_, at) =>
      ofKind(literals, 'items')
        .filter(({ from, to }) => from <= at && at <= to)
        .map(({ fact }) => fact),
    );
    const value = fillArray(building, { facts, some, counts, unique }, depth);
    if (value !== undefined) yield value;
  }
}

interface ArrayPlan {
  /** Of each item. */
  readonly facts: readonly Fact[][];
  readonly some: readonly OfKind<'item'>[];
  readonly counts: readonly OfKind<'count'>[];
  readonly unique: readonly OfKind<'unique'>[];
}

function fillArray(
  building: Building,
  { facts, some, counts, unique }: ArrayPlan,
  depth: number,
): JsonValue[] | undefined {
  const firstOf = (all: readonly Fact[]) => first(valuesOf(building, all, depth + 1));
  for (const { from, to, fact } of some) {
    const at = facts.findIndex(
      (known, index) => from <= index && index <= to && firstOf([...known, fact]) !== undefined,
    );
    if (at < 0) return undefined;
    facts[at]?.push(fact);
  }
  for (const { fact, min, max } of counts) {
    let found = 0;
    for (const known of facts) {
      const wanted = found < min && firstOf([...known, fact]) !== undefined;
      if (wanted) found++;
      if (wanted || found >= max) known.push(wanted ? fact : opposite(fact));
    }
    if (found < min) return undefined;
  }
  const value: JsonValue[] = [];
  for (const known of facts) {
    const others = new Set(unique.some(({ holds }) => holds) ? value.map(canonicalJson) : []);
    const item = first(valuesOf(building, known, depth + 1), (candidate) => !others.has(canonicalJson(candidate)));
    if (item === undefined) return undefined;
    value.push(item);
  }
  const [one] = value;
  return unique.some(({ holds }) => !holds) && one !== undefined ? value.with(1, one) : value;
}

function* objects(building: Building, literals: readonly Literal[], depth: number): Generator<JsonValue> {
  const every = ofKind(literals, 'properties');
  const mentioned = new Set(literals.flatMap((literal) => ('names' in literal ? namesIn(literal.names) : [])));
  const required = new Map<string, Fact[]>();
  const want = (name: string, fact: Fact) => required.set(name, [...(required.get(name) ?? []), fact]);
  const factsOf = (name: string) =>
    every.filter(({ names }) => hasName(names, name, building.search) === true).map(({ fact }) => fact);
  const build = (name: string, facts: readonly Fact[]) =>
    first(valuesOf(building, [...factsOf(name), ...facts], depth + 1));
  const loose = ofKind(literals, 'property').filter(({ names, fact }) => {
    if (names.kind === 'these') for (const name of names.names) want(name, fact);
    return names.kind !== 'these';
  });
  for (const { names, fact } of loose) {
    const fresh = [...mentioned, ...freshNames(names, building)];
    const name = fresh.find(
      (candidate) =>
        hasName(names, candidate, building.search) === true &&
        build(candidate, [...(required.get(candidate) ?? []), fact]) !== undefined,
    );
    if (name === undefined) return;
    want(name, fact);
  }
  const { min, max } = sizeOf(literals);
  for (const name of [...mentioned, ...Array.from({ length: maxItems }, (_, i) => `x${i}`)]) {
    if (required.size >= Math.min(min, maxItems)) break;
    if (!required.has(name) && build(name, []) !== undefined) required.set(name, []);
  }
  const entries: [string, JsonValue][] = [];
  for (const [name, facts] of required) {
    const value = build(name, facts);
    if (value === undefined || required.size > max) return;
    entries.push([name, value]);
  }
  const value: JsonObject = Object.fromEntries(entries);
  yield value;
}

function namesIn(names: Names): readonly string[] {
  return names.kind === 'these' ? [...names.names] : [...names.except];
}

/** Names that match what names are told by. */
function freshNames(names: Names, { search }: Building): readonly string[] {
  if (names.kind === 'these') return [];
  const { except, matches, avoids, facts } = names;
  const literals: Literal[] = [
    { kind: 'none-of', values: [...except] },
    ...matches.map((pattern): Literal => ({ kind: 'pattern', pattern, holds: true })),
    ...avoids.map((pattern): Literal => ({ kind: 'pattern', pattern, holds: false })),
  ];
  const texts = ['x', 'other', ...textCandidates(literals)];
  return texts.filter((text) => search.accepts(facts, text) !== false);
}

function first(values: Iterable<JsonValue>, fits: (value: JsonValue) => boolean = () => true): JsonValue | undefined {
  let looked = 0;
  for (const value of values) {
    if (fits(value)) return value;
    if (++looked >= maxCandidates) break;
  }
  return undefined;
}
