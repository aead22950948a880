import type { JsonValue } from '../../event/json.ts';
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
  const size = toNumber(step);
  const first = Math.ceil(min.value / size);
  const last = Math.floor(max.value / size);
  if (last - first <= maxListed) {
    // One more on each side, since the division may have rounded.
    for (let n = first - 1; n <= last + 1; n++) {
      const value = toNumber({ digits: step.digits * BigInt(n), exponent: step.exponent });
      if (literals.every((literal) => numberFits(literal, value))) return false;
    }
    return true;
  }
  if (fraction && isMultipleOf(step, decimal(1))) return true;
  return literals.some(
    (literal) => literal.kind === 'multiple' && !literal.holds && isMultipleOf(step, decimal(literal.of)),
  );
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

/** digits × 10^exponent: schemas say 0.1 and mean it, which binary fractions cannot. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

function decimal(value: number): Decimal {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}

function toNumber({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

/** Beyond this the arithmetic would need numbers of hundreds of digits. */
const maxExponent = 400;

/** Both as multiples of one power of ten. */
function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] | undefined {
  const exponent = Math.min(a.exponent, b.exponent);
  if (Math.abs(a.exponent - exponent) > maxExponent || Math.abs(b.exponent - exponent) > maxExponent) return undefined;
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent), exponent];
}

function isMultipleOf(value: Decimal, factor: Decimal): boolean {
  const both = aligned(value, factor);
  return both !== undefined && both[1] !== 0n && both[0] % both[1] === 0n;
}

/** Whether a number is a multiple of another, both read as the decimals that they are written as. */
export function isMultiple(value: number, of: number): boolean {
  return Number.isFinite(value) && isMultipleOf(decimal(value), decimal(of));
}

function leastCommonMultiple(values: readonly number[]): Decimal | undefined {
  let result: Decimal | undefined;
  for (const value of values.map(decimal)) {
    const both = result === undefined ? undefined : aligned(result, value);
    if (result !== undefined && both === undefined) return undefined;
    if (both === undefined) result = value;
    else result = { digits: (both[0] / greatestCommonDivisor(both[0], both[1])) * both[1], exponent: both[2] };
  }
  return result;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
