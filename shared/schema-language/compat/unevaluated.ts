import { asList, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type Fact, failsIn, fits, type Term, type Terms } from './facts.ts';
import { type Literal, type Meaning, type Names, nothingSaid, type Way, way } from './literals.ts';
import { absentName, requiredName } from './objects.ts';

/** Which schemas apply can depend on the value in so many ways; beyond, the keyword is not decided about. */
const maxScenarios = 32;

/** A way in which schemas apply to the same value, and the parts of it that they speak of then (core section 11). */
interface Scenario {
  readonly facts: readonly Fact[];
  readonly literals: readonly Literal[];
  readonly names: ReadonlySet<string>;
  readonly patterns: ReadonlySet<string>;
  /** All properties, and all items. */
  readonly everyProperty: boolean;
  readonly everyItem: boolean;
  readonly prefix: number;
}

const plainScenario: Scenario = {
  facts: [],
  literals: [],
  names: new Set(),
  patterns: new Set(),
  everyProperty: false,
  everyItem: false,
  prefix: 0,
};

/** What `unevaluatedProperties` or `unevaluatedItems` says; nothing where that is not decided. */
export function assertUnevaluated(keyword: string, term: Term, terms: Terms): Meaning {
  const scenarios = scenariosOf(term, terms, keyword);
  if (scenarios === undefined) return nothingSaid;
  const fact = fits(partOf(keyword, term, terms));
  const ways = scenarios.map((scenario) =>
    way([...scenario.literals, ...rest(keyword, scenario, fact)], scenario.facts),
  );
  return { ...nothingSaid, choices: [ways] };
}

/** The ways in which a value can break it; any, where that is not decided. */
export function violateUnevaluated(keyword: string, term: Term, terms: Terms): Way[] {
  const scenarios = scenariosOf(term, terms, keyword);
  if (scenarios === undefined) return [way([])];
  const fact = failsIn(partOf(keyword, term, terms));
  return scenarios.flatMap((scenario) => {
    const [literal] = rest(keyword, scenario, fact);
    if (literal?.kind === 'items') return [way([...scenario.literals, { ...literal, kind: 'item' }], scenario.facts)];
    if (literal?.kind !== 'properties') return [];
    return [way([...scenario.literals, { ...literal, kind: 'property' }], scenario.facts)];
  });
}

function partOf(keyword: string, { schema, root }: Term, terms: Terms): Term {
  return terms.of(isJsonObject(schema) ? schema[keyword] : true, root);
}

/** The condition on what no schema speaks of; none where all is spoken of. */
function rest(keyword: string, scenario: Scenario, fact: Fact): Literal[] {
  if (keyword === 'unevaluatedItems') {
    if (scenario.everyItem) return [];
    return [{ kind: 'items', from: scenario.prefix, to: Number.POSITIVE_INFINITY, fact }];
  }
  if (scenario.everyProperty) return [];
  const names: Names = {
    kind: 'others',
    except: scenario.names,
    matches: [],
    avoids: [...scenario.patterns],
    facts: [],
  };
  return [{ kind: 'properties', names, fact }];
}

/** Of one search, by keyword and term: definitions are referred to again and again. */
const knownScenarios = new WeakMap<Terms, Map<string, Scenario[] | undefined>>();

/** Undefined where there are too many, or where items are spoken of one by one (`contains`). */
function scenariosOf(term: Term, terms: Terms, keyword: string): Scenario[] | undefined {
  const node = asObject(term.schema);
  const own = Object.fromEntries(Object.entries(node).filter(([name]) => !name.startsWith('unevaluated')));
  const known = knownScenarios.get(terms) ?? new Map();
  knownScenarios.set(terms, known);
  return inPlace(terms.of(own, term.root), { terms, items: keyword === 'unevaluatedItems', known });
}

interface Walk {
  readonly terms: Terms;
  readonly items: boolean;
  readonly known: Map<string, Scenario[] | undefined>;
}

function inPlace(term: Term, walk: Walk): Scenario[] | undefined {
  const key = `${walk.items} ${term.id}`;
  if (walk.known.has(key)) return walk.known.get(key);
  // A schema that applies itself to the same value again is not decided about.
  walk.known.set(key, undefined);
  const scenarios = readInPlace(term, walk);
  walk.known.set(key, scenarios);
  return scenarios;
}

function readInPlace(term: Term, walk: Walk): Scenario[] | undefined {
  const node = asObject(term.schema);
  if (walk.items && node['contains'] !== undefined) return undefined;
  const { terms } = walk;
  const below = (part: Term) => inPlace(part, walk);
  const partAt = (value: JsonValue | undefined) => terms.of(value, term.root);
  let scenarios: Scenario[] | undefined = [ownScenario(node)];
  const target = terms.referred(term);
  if (target !== undefined) scenarios = product(scenarios, below(target));
  for (const part of asList(node['allOf']).map(partAt)) scenarios = product(scenarios, below(part));
  for (const part of asList(node['anyOf']).map(partAt)) {
    scenarios = product(
      scenarios,
      either(withFacts(below(part), fits(part)), [{ ...plainScenario, facts: [failsIn(part)] }]),
    );
  }
  const exclusive = asList(node['oneOf']).map(partAt);
  if (exclusive.length > 0) {
    const each = exclusive.map((part, at) =>
      withFacts(below(part), ...exclusive.map((other, index) => (index === at ? fits(other) : failsIn(other)))),
    );
    scenarios = product(scenarios, each.reduce(either));
  }
  if (node['if'] !== undefined) {
    const condition = partAt(node['if']);
    const met = withFacts(product(below(condition) ?? [], below(partAt(node['then']))), fits(condition));
    const unmet = withFacts(below(partAt(node['else'])), failsIn(condition));
    scenarios = below(condition) === undefined ? undefined : product(scenarios, either(met, unmet));
  }
  for (const [name, value] of Object.entries(asObject(node['dependentSchemas']))) {
    const there = below(partAt(value))?.map((one) => ({
      ...one,
      literals: [...one.literals, requiredName(name, terms)],
    }));
    scenarios = product(scenarios, either(there, [{ ...plainScenario, literals: [absentName(name, terms)] }]));
  }
  return scenarios;
}

function ownScenario(node: JsonObject): Scenario {
  return {
    ...plainScenario,
    names: new Set(Object.keys(asObject(node['properties']))),
    patterns: new Set(Object.keys(asObject(node['patternProperties']))),
    everyProperty: node['additionalProperties'] !== undefined || node['unevaluatedProperties'] !== undefined,
    everyItem: node['items'] !== undefined || node['unevaluatedItems'] !== undefined,
    prefix: asList(node['prefixItems']).length,
  };
}

function withFacts(scenarios: Scenario[] | undefined, ...facts: Fact[]): Scenario[] | undefined {
  return scenarios?.map((scenario) => ({ ...scenario, facts: [...scenario.facts, ...facts] }));
}

function either(a: Scenario[] | undefined, b: Scenario[] | undefined): Scenario[] | undefined {
  return a === undefined || b === undefined ? undefined : [...a, ...b];
}

function product(a: Scenario[] | undefined, b: Scenario[] | undefined): Scenario[] | undefined {
  if (a === undefined || b === undefined || a.length * b.length > maxScenarios) return undefined;
  return a.flatMap((one) =>
    b.map((other) => ({
      facts: [...new Set([...one.facts, ...other.facts])],
      literals: [...new Set([...one.literals, ...other.literals])],
      names: one.names.union(other.names),
      patterns: one.patterns.union(other.patterns),
      everyProperty: one.everyProperty || other.everyProperty,
      everyItem: one.everyItem || other.everyItem,
      prefix: Math.max(one.prefix, other.prefix),
    })),
  );
}
