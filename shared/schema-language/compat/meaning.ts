import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { assertArray, violateArray } from './arrays.ts';
import { assertCombination, violateCombination } from './combinations.ts';
import type { Term, Terms } from './facts.ts';
import { type Meaning, nothingSaid, saying, type ValueType, type Way, way } from './literals.ts';
import { assertNumber, violateNumber } from './numbers.ts';
import { assertObject, violateObject } from './objects.ts';
import { assertString, violateString } from './strings.ts';
import { assertUnevaluated, violateUnevaluated } from './unevaluated.ts';

const combinations = new Set(['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if']);

export interface MeaningOptions {
  readonly terms: Terms;
  /** Formats are rules, not annotations. */
  readonly formats: boolean;
  /** What a schema calls an integer is within 2^53, as ingest has it; else it is any whole number. */
  readonly safeIntegers?: boolean;
}

const safe = { value: Number.MAX_SAFE_INTEGER, exclusive: false };
const negativeSafe = { value: Number.MIN_SAFE_INTEGER, exclusive: false };

/** What a keyword says of values of one type; undefined when it refuses them all. */
export function assertKeyword(
  keyword: string,
  term: Term,
  type: ValueType,
  { terms, formats, safeIntegers }: MeaningOptions,
): Meaning | undefined {
  const value = ruleOf(term, keyword);
  if (combinations.has(keyword)) return assertCombination(keyword, term, terms);
  if (keyword === 'type') {
    const allowed = typesOf(value);
    if (allowed.includes(type)) return nothingSaid;
    if (type !== 'number' || !allowed.includes('integer')) return undefined;
    const whole = { kind: 'whole', holds: true } as const;
    return safeIntegers ? saying(whole, { kind: 'range', min: negativeSafe, max: safe }) : saying(whole);
  }
  switch (type) {
    case 'number':
      return assertNumber(keyword, value);
    case 'string':
      return assertString(keyword, value, formats);
    case 'array':
      if (keyword === 'unevaluatedItems') return assertUnevaluated(keyword, term, terms);
      return assertArray(keyword, term, terms);
    case 'object':
      if (keyword === 'unevaluatedProperties') return assertUnevaluated(keyword, term, terms);
      return assertObject(keyword, term, terms);
    default:
      return nothingSaid;
  }
}

/** The ways in which values of one type can break a keyword's rule; one that asks for nothing means all values do. */
export function violateKeyword(
  keyword: string,
  term: Term,
  type: ValueType,
  { terms, formats, safeIntegers }: MeaningOptions,
): Way[] {
  const value = ruleOf(term, keyword);
  if (combinations.has(keyword)) return violateCombination(keyword, term, terms);
  switch (keyword) {
    case 'type': {
      const allowed = typesOf(value);
      if (allowed.includes(type)) return [];
      if (type !== 'number' || !allowed.includes('integer')) return [way([])];
      const fraction = way([{ kind: 'whole', holds: false }]);
      if (!safeIntegers) return [fraction];
      const above = way([{ kind: 'range', min: { ...safe, exclusive: true } }]);
      return [fraction, above, way([{ kind: 'range', max: { ...negativeSafe, exclusive: true } }])];
    }
    case 'enum':
      return [way([{ kind: 'none-of', values: Array.isArray(value) ? value : [] }])];
    case 'const':
      return [way([{ kind: 'none-of', values: [value] }])];
    default:
      break;
  }
  switch (type) {
    case 'number':
      return violateNumber(keyword, value);
    case 'string':
      return violateString(keyword, value, formats);
    case 'array':
      if (keyword === 'unevaluatedItems') return violateUnevaluated(keyword, term, terms);
      return violateArray(keyword, term, terms);
    case 'object':
      if (keyword === 'unevaluatedProperties') return violateUnevaluated(keyword, term, terms);
      return violateObject(keyword, term, terms);
    default:
      return [];
  }
}

/** The values that a schema lists, where it does. */
export function listedValues({ schema }: Term): readonly JsonValue[] | undefined {
  if (!isJsonObject(schema)) return undefined;
  const { const: only, enum: list } = schema;
  if (only !== undefined) return [only];
  return Array.isArray(list) ? list : undefined;
}

function ruleOf({ schema }: Term, keyword: string): JsonValue {
  const node: JsonObject = isJsonObject(schema) ? schema : {};
  return node[keyword] ?? null;
}

function typesOf(value: JsonValue): string[] {
  return (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string');
}
