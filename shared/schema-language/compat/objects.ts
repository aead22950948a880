import { asObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type Fact, failsIn, fits, type Term, type Terms } from './facts.ts';
import { type Literal, type Meaning, type Names, nothingSaid, saying, these, type Way, way } from './literals.ts';

const endless = Number.POSITIVE_INFINITY;

/** What a schema says of objects (core section 10.3.2, validation section 6.5). */
export function assertObject(keyword: string, term: Term, terms: Terms): Meaning {
  const node = asObject(term.schema);
  const value = node[keyword] ?? null;
  const every = (names: Names, part: JsonValue): Literal => {
    return { kind: 'properties', names, fact: fits(terms.of(part, term.root)) };
  };
  switch (keyword) {
    case 'properties':
      return saying(...Object.entries(asObject(value)).map(([name, part]) => every(these(name), part)));
    case 'patternProperties':
      return saying(...Object.entries(asObject(value)).map(([pattern, part]) => every(matching(pattern), part)));
    case 'additionalProperties':
      return saying(every(additional(node), value));
    case 'propertyNames': {
      const names = others({ facts: [failsIn(terms.of(value, term.root))] });
      return saying({ kind: 'properties', names, fact: fits(terms.nothing) });
    }
    case 'required':
      return saying(...namesOf(value).map((name) => requiredName(name, terms)));
    case 'minProperties':
      return typeof value === 'number' ? saying({ kind: 'size', min: Math.ceil(value), max: endless }) : nothingSaid;
    case 'maxProperties':
      return typeof value === 'number' ? saying({ kind: 'size', min: 0, max: Math.floor(value) }) : nothingSaid;
    case 'dependentRequired': {
      const choices = Object.entries(asObject(value)).flatMap(([name, needed]) =>
        namesOf(needed).map((other) => [way([absentName(name, terms)]), way([requiredName(other, terms)])]),
      );
      return { ...nothingSaid, choices };
    }
    case 'dependentSchemas': {
      const choices = Object.entries(asObject(value)).map(([name, part]) => [
        way([absentName(name, terms)]),
        way([requiredName(name, terms)], [fits(terms.of(part, term.root))]),
      ]);
      return { ...nothingSaid, choices };
    }
    default:
      return nothingSaid;
  }
}

/** The ways in which an object can break a rule. */
export function violateObject(keyword: string, term: Term, terms: Terms): Way[] {
  const node = asObject(term.schema);
  const value = node[keyword] ?? null;
  const some = (names: Names, part: JsonValue): Way => {
    return way([{ kind: 'property', names, fact: failsIn(terms.of(part, term.root)) }]);
  };
  switch (keyword) {
    case 'properties':
      return Object.entries(asObject(value)).map(([name, part]) => some(these(name), part));
    case 'patternProperties':
      return Object.entries(asObject(value)).map(([pattern, part]) => some(matching(pattern), part));
    case 'additionalProperties':
      return [some(additional(node), value)];
    case 'propertyNames': {
      const names = others({ facts: [failsIn(terms.of(value, term.root))] });
      return [way([{ kind: 'property', names, fact: fits(terms.everything) }])];
    }
    case 'required':
      return namesOf(value).map((name) => way([absentName(name, terms)]));
    case 'minProperties':
      return typeof value === 'number' && value > 0 ? [way([{ kind: 'size', min: 0, max: Math.ceil(value) - 1 }])] : [];
    case 'maxProperties':
      return typeof value === 'number' ? [way([{ kind: 'size', min: Math.floor(value) + 1, max: endless }])] : [];
    case 'dependentRequired':
      return Object.entries(asObject(value)).flatMap(([name, needed]) =>
        namesOf(needed).map((other) => way([requiredName(name, terms), absentName(other, terms)])),
      );
    case 'dependentSchemas':
      return Object.entries(asObject(value)).map(([name, part]) =>
        way([requiredName(name, terms)], [failsIn(terms.of(part, term.root))]),
      );
    default:
      return [];
  }
}

function namesOf(value: JsonValue): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

type Others = Extract<Names, { readonly kind: 'others' }>;

function others(some: Partial<Omit<Others, 'kind'>>): Others {
  return { kind: 'others', except: new Set(), matches: [], avoids: [], facts: [], ...some };
}

function matching(pattern: string): Names {
  return others({ matches: [pattern] });
}

/** The names that neither `properties` nor `patternProperties` beside it speak of (core section 10.3.2.3). */
function additional(node: JsonObject): Names {
  return others({
    except: new Set(Object.entries(asObject(node['properties'])).map(([name]) => name)),
    avoids: Object.entries(asObject(node['patternProperties'])).map(([pattern]) => pattern),
  });
}

/** A property is there. */
export function requiredName(name: string, terms: Terms): Literal {
  return { kind: 'property', names: these(name), fact: fits(terms.everything) };
}

/** A property is not there. */
export function absentName(name: string, terms: Terms): Literal {
  const fact: Fact = fits(terms.nothing);
  return { kind: 'properties', names: these(name), fact };
}
