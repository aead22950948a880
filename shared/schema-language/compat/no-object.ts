import type { Fact } from './facts.ts';
import type { Emptiness, Literal, Names } from './literals.ts';
import { hasName, insideOf, type NameRegion, outsideOf } from './names.ts';

type Every = Extract<Literal, { readonly kind: 'properties' }>;
type Some = Extract<Literal, { readonly kind: 'property' }>;
type Others = Extract<Names, { readonly kind: 'others' }>;
type Rule = { readonly names: Others; readonly fact: Fact };

/** Rules about names are combined one by one; with more than these it is not decided whether there is an object. */
const maxCombinedRules = 12;

/** True when no object fits. What cannot be decided counts as an object that fits. */
export function noObject(literals: readonly Literal[], ask: Emptiness): boolean {
  const sizes = literals.filter((literal) => literal.kind === 'size');
  const some = literals.filter((literal) => literal.kind === 'property');
  const view = new ObjectView(
    literals.filter((literal) => literal.kind === 'properties'),
    some,
    ask,
  );
  const max = Math.min(Number.POSITIVE_INFINITY, ...sizes.map((size) => size.max));
  const min = Math.max(0, ...sizes.map((size) => size.min));
  if (min > max || view.required.size > max) return true;
  for (const [name, facts] of view.required) if (!view.canStand(name, facts)) return true;
  for (const { names, fact } of some) {
    if (names.kind === 'these') continue;
    const isFull = view.required.size === max;
    if (isFull ? !view.isAmongRequired(names, fact) : !view.isPossible(names, fact)) return true;
  }
  return min > view.required.size && view.capacity() < min;
}

/** What is known of the properties of an object. */
class ObjectView {
  /** By name, of properties that are there: what is known because they are. */
  readonly required = new Map<string, Fact[]>();
  readonly #single = new Map<string, Fact[]>();
  readonly #general: Rule[] = [];
  readonly #ask: Emptiness;
  /** Every name that something is said of. */
  readonly #mentioned = new Set<string>();

  constructor(every: readonly Every[], some: readonly Some[], ask: Emptiness) {
    this.#ask = ask;
    for (const { names, fact } of every) {
      this.#mention(names);
      if (names.kind === 'others') this.#general.push({ names, fact });
      else for (const name of names.names) addTo(this.#single, name, fact);
    }
    for (const { names, fact } of some) {
      this.#mention(names);
      const [name] = names.kind === 'these' ? names.names : [];
      if (name !== undefined) addTo(this.required, name, fact);
    }
  }

  #mention(names: Names): void {
    for (const name of names.kind === 'these' ? names.names : names.except) this.#mentioned.add(name);
  }

  /** Everything that holds of the value of a property. */
  #factsOf(name: string): Fact[] {
    const facts = [...(this.#single.get(name) ?? [])];
    for (const rule of this.#general) if (hasName(rule.names, name, this.#ask) === true) facts.push(rule.fact);
    return facts;
  }

  canStand(name: string, facts: readonly Fact[]): boolean {
    return this.#ask.inhabited([...facts, ...this.#factsOf(name)]);
  }

  /** Whether a property that has to be there anyhow can be one of these names and of that. */
  isAmongRequired(names: Others, fact: Fact): boolean {
    return [...this.required].some(
      ([name, facts]) => hasName(names, name, this.#ask) !== false && this.canStand(name, [...facts, fact]),
    );
  }

  /** Whether a property of one of these names can be there of which a fact holds. */
  isPossible(names: Others, fact: Fact): boolean {
    for (const name of this.#mentioned) {
      const facts = this.required.get(name) ?? [];
      if (hasName(names, name, this.#ask) !== false && this.canStand(name, [...facts, fact])) return true;
    }
    return this.#isPossibleElsewhere(insideOf(names), [fact], this.#combined());
  }

  /** The same for names that nothing mentions, rule by rule: such a name is inside of a rule or outside. */
  #isPossibleElsewhere(region: NameRegion, facts: readonly Fact[], rules: readonly Rule[]): boolean {
    if (!this.#ask.inhabited(facts)) return false;
    const unmentioned: Literal = { kind: 'none-of', values: [...this.#mentioned] };
    if (!this.#ask.stringExists(region.facts, [...region.literals, unmentioned])) return false;
    const [rule, ...rest] = rules;
    if (rule === undefined) return true;
    const narrowed = (more: NameRegion): NameRegion => ({
      literals: [...region.literals, ...more.literals],
      facts: [...region.facts, ...more.facts],
    });
    if (outsideOf(rule.names).some((outside) => this.#isPossibleElsewhere(narrowed(outside), facts, rest))) return true;
    return this.#isPossibleElsewhere(narrowed(insideOf(rule.names)), [...facts, rule.fact], rest);
  }

  /** How many properties an object can have at most. */
  capacity(): number {
    const anyName: Others = { kind: 'others', except: new Set(), matches: [], avoids: [], facts: [] };
    if (this.#isPossibleElsewhere(insideOf(anyName), [], this.#combined())) return Number.POSITIVE_INFINITY;
    return [...this.#mentioned].filter((name) => this.canStand(name, [])).length;
  }

  #combined(): readonly Rule[] {
    if (this.#general.length > maxCombinedRules) this.#ask.doubt();
    return this.#general.slice(0, maxCombinedRules);
  }
}

function addTo(map: Map<string, Fact[]>, name: string, fact: Fact): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, [fact]);
  else known.push(fact);
}
