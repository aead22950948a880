import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type Fact, failsIn, fits, type Term, type Terms } from './facts.ts';
import { type Meaning, nothingSaid, type Way, way } from './literals.ts';

/** What a schema says by way of other schemas that apply to the same value (core section 10.2). */
export function assertCombination(keyword: string, term: Term, terms: Terms): Meaning {
  const parts = partsOf(keyword, term, terms);
  const node: JsonObject = isJsonObject(term.schema) ? term.schema : {};
  switch (keyword) {
    case '$ref':
    case 'allOf':
      return { ...nothingSaid, facts: parts.map(fits) };
    case 'not':
      return { ...nothingSaid, facts: parts.map(failsIn) };
    case 'anyOf':
      return { ...nothingSaid, choices: [parts.map((part) => way([], [fits(part)]))] };
    case 'oneOf':
      return { ...nothingSaid, choices: [parts.map((part) => way([], exactly(part, parts)))] };
    case 'if':
      return {
        ...nothingSaid,
        choices: [
          parts.flatMap((condition) => [
            way([], [fits(condition), fits(terms.of(node['then'], term.root))]),
            way([], [failsIn(condition), fits(terms.of(node['else'], term.root))]),
          ]),
        ],
      };
    default:
      return nothingSaid;
  }
}

/** The ways in which a value can break it. */
export function violateCombination(keyword: string, term: Term, terms: Terms): Way[] {
  const parts = partsOf(keyword, term, terms);
  const node: JsonObject = isJsonObject(term.schema) ? term.schema : {};
  switch (keyword) {
    case '$ref':
      // What a reference to nothing asks for is not known, so any value may break it.
      return parts.length === 0 ? [way([])] : parts.map((part) => way([], [failsIn(part)]));
    case 'allOf':
      return parts.map((part) => way([], [failsIn(part)]));
    case 'not':
      return parts.map((part) => way([], [fits(part)]));
    case 'anyOf':
      return [way([], parts.map(failsIn))];
    case 'oneOf':
      return [way([], parts.map(failsIn)), ...pairs(parts).map(([a, b]) => way([], [fits(a), fits(b)]))];
    case 'if':
      return parts.flatMap((condition) => [
        way([], [fits(condition), failsIn(terms.of(node['then'], term.root))]),
        way([], [failsIn(condition), failsIn(terms.of(node['else'], term.root))]),
      ]);
    default:
      return [];
  }
}

function partsOf(keyword: string, term: Term, terms: Terms): Term[] {
  if (!isJsonObject(term.schema)) return [];
  const value: JsonValue | undefined = term.schema[keyword];
  if (keyword === '$ref') {
    const target = terms.referred(term);
    return target === undefined ? [] : [target];
  }
  if (value === undefined) return [];
  const parts = (Array.isArray(value) ? value : [value]).map((part) => terms.of(part, term.root));
  return keyword === 'oneOf' ? parts : [...new Set(parts)];
}

function exactly(part: Term, parts: readonly Term[]): Fact[] {
  const at = parts.indexOf(part);
  return parts.map((other, index) => (index === at ? fits(other) : failsIn(other)));
}

function pairs<T>(values: readonly T[]): [T, T][] {
  return values.flatMap((a, index) => values.slice(index + 1).map((b): [T, T] => [a, b]));
}
