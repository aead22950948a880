import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type Answer, all, any, negate } from './answer.ts';
import type { Term, Terms } from './facts.ts';
import { safeRegExp } from './safe-reg-exp.ts';

/** Schemas nest less. */
const maxDepth = 400;

/** A value that is held against a schema. */
export interface Place {
  readonly term: Term;
  readonly value: JsonValue;
  readonly depth: number;
}

/** Whether a value fits a schema, which may ask in turn what is spoken of. */
export interface Asking {
  readonly terms: Terms;
  readonly accepts: (place: Place) => Answer;
  /** False: it has taken too long. */
  readonly goOn: () => boolean;
  /** By schema, for one value: definitions are referred to again and again. */
  readonly known?: Map<number, IsSpokenOf>;
}

type IsSpokenOf = (name: string) => Answer;

/** Which properties or items of a value the keywords of its schema speak of, but for `except` (core section 11). */
export function spokenOf(place: Place, except: string, ask: Asking): IsSpokenOf {
  const answers = new Map<string, Answer>();
  const isSpokenOf = readSpoken(place, except, { known: new Map(), ...ask });
  return (name) => {
    if (!answers.has(name)) answers.set(name, isSpokenOf(name));
    return answers.get(name);
  };
}

function readSpoken(place: Place, except: string, ask: Asking): IsSpokenOf {
  const { term, value, depth } = place;
  const schema: JsonObject = isJsonObject(term.schema) ? term.schema : {};
  const own = new Set(Object.keys(schema).filter((keyword) => keyword !== except));
  const inner = [...own].flatMap((keyword) => spokenBy(keyword, place, ask));
  const byParts = (name: string) => any(inner, (isSpokenOf) => isSpokenOf(name));
  if (!Array.isArray(value)) {
    if (own.has('additionalProperties') || own.has('unevaluatedProperties')) return () => true;
    return (name) => any([() => isCovered(schema, name), () => byParts(name)], (ask) => ask());
  }
  const { prefixItems, contains } = schema;
  if (own.has('items') || own.has('unevaluatedItems')) return () => true;
  const prefix = Array.isArray(prefixItems) ? prefixItems.length : 0;
  return (name) => {
    if (Number(name) < prefix) return true;
    const item = value[Number(name)] ?? null;
    const held =
      contains === undefined
        ? false
        : ask.accepts({ term: ask.terms.of(contains, term.root), value: item, depth: depth + 1 });
    return held === true || any([held, byParts(name)], (each) => each);
  };
}

/** What the schemas below one keyword speak of, where they apply to the value. */
function spokenBy(keyword: string, { term, value, depth }: Place, ask: Asking): IsSpokenOf[] {
  const node: JsonObject = isJsonObject(term.schema) ? term.schema : {};
  const rule = node[keyword] ?? null;
  const parts = Array.isArray(rule) ? rule : [];
  const fits = (schema: JsonValue) => ask.accepts({ term: ask.terms.of(schema, term.root), value, depth: depth + 1 });
  const branch = (part: Term | undefined, applies: Answer): IsSpokenOf[] => {
    if (applies === false || depth > maxDepth) return [];
    if (part === undefined || !ask.goOn()) return [() => undefined];
    const known = ask.known?.get(part.id);
    // References that lead round in a circle speak of nothing more.
    if (known === undefined) ask.known?.set(part.id, () => false);
    const isSpokenOf = known ?? spokenOf({ term: part, value, depth: depth + 1 }, '', ask);
    ask.known?.set(part.id, isSpokenOf);
    return [(name) => all([isSpokenOf(name), applies], (each) => each)];
  };
  const below = (schema: JsonValue | undefined, applies: Answer) => branch(ask.terms.of(schema, term.root), applies);
  switch (keyword) {
    case '$ref':
      return branch(ask.terms.referred(term), true);
    case '$dynamicRef':
    case '$recursiveRef':
      return [() => undefined];
    case 'allOf':
      return parts.flatMap((schema) => below(schema, true));
    case 'anyOf':
    case 'oneOf':
      return parts.flatMap((schema) => below(schema, fits(schema)));
    case 'if': {
      const met = fits(rule);
      return [...below(rule, met), ...below(node['then'], met), ...below(node['else'], negate(met))];
    }
    case 'dependentSchemas':
      if (!isJsonObject(rule) || !isJsonObject(value)) return [];
      return Object.entries(rule).flatMap(([name, schema]) => (Object.hasOwn(value, name) ? below(schema, true) : []));
    default:
      return [];
  }
}

/** Whether `properties` or `patternProperties` speaks of a name. */
export function isCovered({ properties, patternProperties }: JsonObject, name: string): Answer {
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) return true;
  const patterns = isJsonObject(patternProperties) ? Object.keys(patternProperties) : [];
  return any(patterns, (pattern) => safeRegExp(pattern)?.test(name));
}
