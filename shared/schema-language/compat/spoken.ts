import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type AcceptOptions, type Answer, accepts, all, any, isCovered, maxDepth, negate } from './accepts.ts';
import type { Term } from './facts.ts';

/** A value that is held against a schema. */
export interface Place {
  readonly term: Term;
  readonly value: JsonValue;
  readonly depth: number;
}

type IsSpokenOf = (name: string) => Answer;

/** Which properties or items of a value the keywords of its schema speak of, but for `except` (core section 11). */
export function spokenOf(place: Place, except: string, options: AcceptOptions): IsSpokenOf {
  const { term, value, depth } = place;
  const schema: JsonObject = isJsonObject(term.schema) ? term.schema : {};
  const own = new Set(Object.keys(schema).filter((keyword) => keyword !== except));
  const inner = [...own].flatMap((keyword) => spokenBy(keyword, place, options));
  const byParts = (name: string) => any(inner, (isSpokenOf) => isSpokenOf(name));
  if (!Array.isArray(value)) {
    if (own.has('additionalProperties') || own.has('unevaluatedProperties')) return () => true;
    return (name) => either(isCovered(schema, name), () => byParts(name));
  }
  const { prefixItems, contains } = schema;
  if (own.has('items') || own.has('unevaluatedItems')) return () => true;
  const prefix = Array.isArray(prefixItems) ? prefixItems.length : 0;
  return (name) => {
    if (Number(name) < prefix) return true;
    const item = value[Number(name)] ?? null;
    const held =
      contains === undefined ? false : accepts(options.terms.of(contains, term.root), item, options, depth + 1);
    return either(held, () => byParts(name));
  };
}

function either(answer: Answer, other: () => Answer): Answer {
  return answer === true ? true : any([answer, other()], (each) => each);
}

/** What the schemas below one keyword speak of, where they apply to the value. */
function spokenBy(keyword: string, { term, value, depth }: Place, options: AcceptOptions): IsSpokenOf[] {
  const node: JsonObject = isJsonObject(term.schema) ? term.schema : {};
  const rule = node[keyword] ?? null;
  const parts = Array.isArray(rule) ? rule : [];
  const fits = (schema: JsonValue) => accepts(options.terms.of(schema, term.root), value, options, depth + 1);
  const branch = (part: Term | undefined, applies: Answer): IsSpokenOf[] => {
    if (applies === false || depth > maxDepth) return [];
    if (part === undefined) return [() => undefined];
    const isSpokenOf = spokenOf({ term: part, value, depth: depth + 1 }, '', options);
    return [(name) => all([isSpokenOf(name), applies], (each) => each)];
  };
  const below = (schema: JsonValue | undefined, applies: Answer) =>
    branch(options.terms.of(schema, term.root), applies);
  switch (keyword) {
    case '$ref':
      return branch(options.terms.referred(term), true);
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
