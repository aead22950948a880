import type { JsonValue } from '../../event/json.ts';
import { aligned, type Decimal, decimal, decimalToNumber, isMultipleOf } from '../../event-types/decimal.ts';
import { type Bound, type Literal, type Meaning, nothingSaid, saying, type Way, way } from './literals.ts';

/** A grid of so few numbers is looked at one by one. */
const maxListed = 1_000;

/** What a schema says of numbers (validation section 6.2). */
export function assertNumber(keyword: string, value: JsonValue): Meaning {
  const literal = numberLiteral(keyword, value);
  return literal === undefined ? nothingSaid : saying(literal);
}

/** The ways in which a number can break a rule. */
export function violateNumber(keyword: string, value: JsonValue): Way[] {
  const literal = numberLiteral(keyword, value);
  if (literal?.kind === 'multiple') return [way([{ ...literal, holds: false }])];
  if (literal?.kind !== 'range') return [];
  const { min, max } = literal;
  if (min !== undefined) return [way([{ kind: 'range', max: { value: min.value, exclusive: !min.exclusive } }])];
  return max === undefined ? [] : [way([{ kind: 'range', min: { value: max.value, exclusive: !max.exclusive } }])];
}

function numberLiteral(keyword: string, value: JsonValue): Literal | undefined {
  if (typeof value !== 'number') return undefined;
  switch (keyword) {
    case 'minimum':
      return { kind: 'range', min: { value, exclusive: false } };
    case 'exclusiveMinimum':
      return { kind: 'range', min: { value, exclusive: true } };
    case 'maximum':
      return { kind: 'range', max: { value, exclusive: false } };
    case 'exclusiveMaximum':
      return { kind: 'range', max: { value, exclusive: true } };
    case 'multipleOf':
      return value > 0 ? { kind: 'multiple', of: value, holds: true } : undefined;
    default:
      return undefined;
  }
}

/** True when no number fits. */
export function noNumber(literals: readonly Literal[]): boolean {
  let min: Bound = { value: Number.NEGATIVE_INFINITY, exclusive: false };
  let max: Bound = { value: Number.POSITIVE_INFINITY, exclusive: false };
  for (const literal of literals) {
    if (literal.kind !== 'range') continue;
    if (literal.min && isAbove(literal.min, min)) min = literal.min;
    if (literal.max && isBelow(literal.max, max)) max = literal.max;
  }
  if (min.value > max.value) return true;
  if (min.value === max.value) {
    return min.exclusive || max.exclusive || !literals.every((literal) => numberFits(literal, min.value));
  }
  const whole = literals.some((literal) => literal.kind === 'whole' && literal.holds);
  const fraction = literals.some((literal) => literal.kind === 'whole' && !literal.holds);
  if (whole && fraction) return true;
  const factors = literals.flatMap((literal) => (literal.kind === 'multiple' && literal.holds ? [literal.of] : []));
  const steps = whole ? [...factors, 1] : factors;
  if (steps.length === 0) return false;
  const step = leastCommonMultiple(steps);
  return step !== undefined && noneOnGrid(step, { min, max, fraction, literals });
}

interface Grid {
  readonly min: Bound;
  readonly max: Bound;
  readonly fraction: boolean;
  readonly literals: readonly Literal[];
}

function noneOnGrid(step: Decimal, { min, max, fraction, literals }: Grid): boolean {
  if (Number.isFinite(min.value) && Number.isFinite(max.value)) {
    const first = -floorOfQuotient(-min.value, step);
    const last = floorOfQuotient(max.value, step);
    if (last - first <= maxListed) {
      for (let n = first; n <= last; n++) {
        const value = decimalToNumber({ digits: step.digits * n, exponent: step.exponent });
        if (literals.every((literal) => numberFits(literal, value))) return false;
      }
      return true;
    }
  }
  if (fraction && isMultipleOf(step, decimal(1))) return true;
  return literals.some(
    (literal) => literal.kind === 'multiple' && !literal.holds && isMultipleOf(step, decimal(literal.of)),
  );
}

/** In whole numbers of any size: beyond 2^53 a double would be counted up for ever. */
function floorOfQuotient(value: number, step: Decimal): bigint {
  const [dividend, divisor] = aligned(decimal(value), step);
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

/** Whether a number is a multiple of another, both read as the decimals that they are written as. */
export function isMultiple(value: number, of: number): boolean {
  return Number.isFinite(value) && isMultipleOf(decimal(value), decimal(of));
}

/** Whether a number fits a literal; true for literals about other types. */
export function numberFits(literal: Literal, value: number): boolean {
  switch (literal.kind) {
    case 'range': {
      const { min, max } = literal;
      if (min !== undefined && (min.exclusive ? value <= min.value : value < min.value)) return false;
      return max === undefined || (max.exclusive ? value < max.value : value <= max.value);
    }
    case 'multiple':
      return isMultiple(value, literal.of) === literal.holds;
    case 'whole':
      return Number.isInteger(value) === literal.holds;
    case 'none-of':
      return !literal.values.includes(value);
    default:
      return true;
  }
}

function isAbove(bound: Bound, other: Bound): boolean {
  return bound.value > other.value || (bound.value === other.value && bound.exclusive);
}

function isBelow(bound: Bound, other: Bound): boolean {
  return bound.value < other.value || (bound.value === other.value && bound.exclusive);
}

/** Common multiples of more digits are not looked for. */
const maxMultipleDigits = 2_000;

function leastCommonMultiple(values: readonly number[]): Decimal | undefined {
  let result: Decimal | undefined;
  for (const value of new Set(values)) {
    if (result === undefined) {
      result = decimal(value);
      continue;
    }
    const [a, b, exponent] = aligned(result, decimal(value));
    if (String(a).length > maxMultipleDigits) return undefined;
    result = { digits: (a / greatestCommonDivisor(a, b)) * b, exponent };
  }
  return result;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
