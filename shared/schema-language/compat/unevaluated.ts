import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type Fact, failsIn, fits, type Term, type Terms } from './facts.ts';
import { type Literal, type Meaning, type Names, nothingSaid, saying, type Way, way } from './literals.ts';

/** What the schemas that apply to the same value speak of (core section 11). */
interface Evaluated {
  readonly names: Set<string>;
  readonly patterns: Set<string>;
  /** All properties, or all items. */
  all: boolean;
  prefix: number;
  /** Which schemas apply depends on the value. */
  depends: boolean;
}

/**
 * What `unevaluatedProperties` or `unevaluatedItems` says. Where it depends on the value which schemas apply, nothing is
 * said, which only makes more values possible.
 */
export function assertUnevaluated(keyword: string, term: Term, terms: Terms): Meaning {
  const evaluated = evaluatedBy(term, terms);
  if (evaluated.depends) return nothingSaid;
  const literal = unevaluatedLiteral(keyword, evaluated, fits(partOf(keyword, term, terms)));
  return literal === undefined ? nothingSaid : saying(literal);
}

/** The ways in which a value can break it; more than there are where it depends on the value. */
export function violateUnevaluated(keyword: string, term: Term, terms: Terms): Way[] {
  const literal = unevaluatedLiteral(keyword, evaluatedBy(term, terms), failsIn(partOf(keyword, term, terms)));
  if (literal === undefined) return [];
  if (literal.kind === 'items') return [way([{ ...literal, kind: 'item' }])];
  return literal.kind === 'properties' ? [way([{ ...literal, kind: 'property' }])] : [];
}

function partOf(keyword: string, { schema, root }: Term, terms: Terms): Term {
  return terms.of(isJsonObject(schema) ? schema[keyword] : true, root);
}

function unevaluatedLiteral(keyword: string, evaluated: Evaluated, fact: Fact): Literal | undefined {
  if (evaluated.all) return undefined;
  if (keyword === 'unevaluatedItems') {
    return { kind: 'items', from: evaluated.prefix, to: Number.POSITIVE_INFINITY, fact };
  }
  const names: Names = {
    kind: 'others',
    except: evaluated.names,
    matches: [],
    avoids: [...evaluated.patterns],
    facts: [],
  };
  return { kind: 'properties', names, fact };
}

const alwaysApply = ['allOf'];
const sometimesApply = ['anyOf', 'oneOf', 'if', 'then', 'else', 'dependentSchemas', 'contains'];

function evaluatedBy(term: Term, terms: Terms): Evaluated {
  const evaluated: Evaluated = { names: new Set(), patterns: new Set(), all: false, prefix: 0, depends: false };
  collect(term, terms, { evaluated, seen: new Set(), outermost: true });
  return evaluated;
}

interface Collection {
  readonly evaluated: Evaluated;
  readonly seen: Set<number>;
  readonly outermost: boolean;
}

function collect(term: Term, terms: Terms, collection: Collection): void {
  const { evaluated, seen, outermost } = collection;
  if (!isJsonObject(term.schema) || seen.has(term.id)) return;
  seen.add(term.id);
  const node = term.schema;
  for (const name of Object.keys(objectOf(node['properties']))) evaluated.names.add(name);
  for (const pattern of Object.keys(objectOf(node['patternProperties']))) evaluated.patterns.add(pattern);
  const rests = ['additionalProperties', 'items', ...(outermost ? [] : ['unevaluatedProperties', 'unevaluatedItems'])];
  if (rests.some((keyword) => node[keyword] !== undefined)) evaluated.all = true;
  if (Array.isArray(node['prefixItems'])) evaluated.prefix = Math.max(evaluated.prefix, node['prefixItems'].length);
  if (sometimesApply.some((keyword) => node[keyword] !== undefined)) evaluated.depends = true;
  const inner = { ...collection, outermost: false };
  for (const keyword of alwaysApply) {
    const parts = node[keyword];
    for (const part of Array.isArray(parts) ? parts : []) collect(terms.of(part, term.root), terms, inner);
  }
  const target = terms.referred(term);
  if (target !== undefined) collect(target, terms, inner);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
