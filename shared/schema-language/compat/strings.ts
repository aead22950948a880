import type { JsonValue } from '../../event/json.ts';
import { formatsContradict, isKnownFormat } from './known-formats.ts';
import { isEmptyLanguage, patternOf } from './languages.ts';
import { type Literal, type Meaning, nothingSaid, saying, type Way, way } from './literals.ts';
import { safeRegExp } from './safe-reg-exp.ts';

/** Excluded values are worth writing into an automaton while they are few. */
const maxExcluded = 100;
/** Below this length a string has so few forms that excluded values can be all of them. */
const shortLength = 1;

/** What a schema says of strings (validation sections 6.3 and 7). Formats count where `formats` says so. */
export function assertString(keyword: string, value: JsonValue, formats: boolean): Meaning {
  const literal = stringLiteral(keyword, value, formats);
  return literal === undefined ? nothingSaid : saying(literal);
}

/** The ways in which a string can break a rule. */
export function violateString(keyword: string, value: JsonValue, formats: boolean): Way[] {
  const literal = stringLiteral(keyword, value, formats);
  switch (literal?.kind) {
    case 'length':
      if (literal.min !== undefined) return literal.min > 0 ? [way([{ kind: 'length', max: literal.min - 1 }])] : [];
      return literal.max === undefined ? [] : [way([{ kind: 'length', min: literal.max + 1 }])];
    case 'pattern':
    case 'format':
      return [way([{ ...literal, holds: false }])];
    default:
      return [];
  }
}

function stringLiteral(keyword: string, value: JsonValue, formats: boolean): Literal | undefined {
  if (keyword === 'minLength' && typeof value === 'number') return { kind: 'length', min: Math.ceil(value) };
  if (keyword === 'maxLength' && typeof value === 'number') return { kind: 'length', max: Math.floor(value) };
  if (keyword === 'pattern' && typeof value === 'string') return { kind: 'pattern', pattern: value, holds: true };
  if (keyword === 'format' && formats && typeof value === 'string' && isKnownFormat(value))
    return { kind: 'format', format: value, holds: true };
  return undefined;
}

/** Whether a string fits a literal; true where that is not decided, and for literals about other types. */
export function stringFits(literal: Literal, text: string): boolean {
  switch (literal.kind) {
    case 'length': {
      const length = [...text].length;
      return length >= (literal.min ?? 0) && length <= (literal.max ?? Number.POSITIVE_INFINITY);
    }
    case 'pattern':
      return (safeRegExp(literal.pattern)?.test(text) ?? literal.holds) === literal.holds;
    case 'none-of':
      return !literal.values.includes(text);
    default:
      return true;
  }
}

/** Whether no string fits; undefined where that cannot be decided. */
export function noString(literals: readonly Literal[]): boolean | undefined {
  let minLength = 0;
  let maxLength = Number.POSITIVE_INFINITY;
  const matches: string[] = [];
  const avoids: string[] = [];
  const formats = new Map<string, boolean>();
  const excluded: string[] = [];
  for (const literal of literals) {
    if (literal.kind === 'length') {
      minLength = Math.max(minLength, literal.min ?? 0);
      maxLength = Math.min(maxLength, literal.max ?? Number.POSITIVE_INFINITY);
    } else if (literal.kind === 'pattern') {
      (literal.holds ? matches : avoids).push(literal.pattern);
    } else if (literal.kind === 'format') {
      if (formats.get(literal.format) === !literal.holds) return true;
      formats.set(literal.format, literal.holds);
    } else if (literal.kind === 'none-of') {
      excluded.push(...literal.values.filter((value) => typeof value === 'string'));
    }
  }
  if (minLength > maxLength || formatsContradict(formats)) return true;
  if (matches.some((pattern) => avoids.includes(pattern))) return true;
  const mattersWhatIsExcluded = matches.length > 0 || maxLength <= shortLength;
  const without = mattersWhatIsExcluded && excluded.length <= maxExcluded ? excluded.map(patternOf) : [];
  if (matches.length + avoids.length + without.length === 0) return false;
  return isEmptyOfPatterns({ matches, avoids: [...avoids, ...without], minLength, maxLength });
}

interface Patterns {
  readonly matches: readonly string[];
  readonly avoids: readonly string[];
  readonly minLength: number;
  readonly maxLength: number;
}

/** A pattern that is not understood keeps no other from deciding: each is a condition more. */
function isEmptyOfPatterns(patterns: Patterns): boolean | undefined {
  const decided = isEmptyLanguage(patterns);
  if (decided !== undefined) return decided;
  const understood = (pattern: string) =>
    isEmptyLanguage({ matches: [pattern], avoids: [], minLength: 0, maxLength: Number.POSITIVE_INFINITY }) !==
    undefined;
  const matches = patterns.matches.filter(understood);
  const avoids = patterns.avoids.filter(understood);
  if (matches.length === patterns.matches.length && avoids.length === patterns.avoids.length) return undefined;
  return isEmptyLanguage({ ...patterns, matches, avoids }) === true ? true : undefined;
}
