import { valueFault, type Written } from './fault.ts';
import { type Quick, type Rounding, remembered, roundings } from './quick.ts';
import type { SpecReader } from './spec-reader.ts';
import { unitNames, unitRatio } from './units.ts';

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const looseNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** A decimal number, exactly: `digits * 10 ** -places`. */
interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

interface Arithmetic {
  readonly times: Decimal;
  readonly dividedBy: Decimal;
  readonly plus: Decimal;
  /** Where nothing is added, and the others are whole and not large. */
  readonly quick: { readonly times: number; readonly dividedBy: number } | undefined;
}

/** Keys of a spec that are about numbers. */
export const numberKeys = ['unit', 'times', 'dividedBy', 'plus', 'round', 'decimal', 'thousands'] as const;

/**
 * JSON text of an integer or a number. What is multiplied, divided and added is computed with the digits that are written,
 * and rounded once, so that 1.1 seconds are 1100 ms.
 */
export function numberConverter(
  spec: SpecReader,
  kind: 'integer' | 'number',
): { readonly ofText: (text: string) => Written; readonly quick: Quick } {
  const arithmetic = readArithmetic(spec);
  const round = spec.choice('round', roundings, 'exact');
  const plain = plainText(spec);
  const finish = kind === 'integer' ? integerText(round) : numberText;
  const finishQuick = kind === 'integer' ? quickInteger(round) : quickNumber;
  const ofText = (text: string): Written => {
    const written = plain(text);
    if (arithmetic === undefined && round === 'exact') {
      if (
        isPlainInteger(written) ||
        (kind === 'number' && jsonNumber.test(written) && Number.isFinite(Number(written)))
      )
        return written;
    }
    const quick = arithmetic === undefined ? undefined : quickQuotient(written, arithmetic);
    const quickText = quick === undefined ? undefined : finishQuick(quick);
    if (quickText !== undefined) return quickText;
    const value = looseNumber.test(written) ? parseDecimal(written) : undefined;
    if (value === undefined) return valueFault;
    return finish(arithmetic === undefined ? { top: value, bottom: one } : compute(value, arithmetic));
  };
  const isWritten = spec.spec['decimal'] === undefined && spec.spec['thousands'] === undefined;
  return { ofText, quick: isWritten ? quickOf(kind, arithmetic, round) : remembered };
}

/** What is not remembered: numbers that stay as they are, and whole ones that come of small ones. */
function quickOf(kind: 'integer' | 'number', arithmetic: Arithmetic | undefined, round: Rounding): Quick {
  if (arithmetic === undefined) {
    return round === 'exact' ? { kind: 'digits', mayHaveFraction: kind === 'number' } : remembered;
  }
  return arithmetic.quick === undefined || kind === 'number'
    ? remembered
    : { kind: 'scaled', ...arithmetic.quick, round };
}

/** `-?(0|[1-9]\d{0,14})`, which most integers are: without a pattern it costs a fifth. */
function isPlainInteger(text: string): boolean {
  const start = text.charCodeAt(0) === 0x2d ? 1 : 0;
  const digits = text.length - start;
  if (digits < 1 || digits > 15 || (digits > 1 && text.charCodeAt(start) === 0x30)) return false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** Whole numbers that a double holds, and which are not negative. */
interface QuickRatio {
  readonly top: number;
  readonly bottom: number;
}

/** What most numbers need: exact in doubles, which cost a twentieth of big integers. Undefined where it is not that. */
function quickQuotient(text: string, { quick }: Arithmetic): QuickRatio | undefined {
  const thousandths = quick === undefined ? undefined : parseThousandths(text);
  if (thousandths === undefined || quick === undefined) return undefined;
  const top = thousandths * quick.times;
  return Number.isSafeInteger(top) ? { top, bottom: 1_000 * quick.dividedBy } : undefined;
}

/** Undefined where it is no whole number. */
function quickInteger(round: Rounding): (ratio: QuickRatio) => string | undefined {
  return ({ top, bottom }) => {
    const rest = top % bottom;
    const below = (top - rest) / bottom;
    if (rest === 0) return String(below);
    if (round === 'exact') return undefined;
    return String(round === 'up' || (round === 'nearest' && rest * 2 >= bottom) ? below + 1 : below);
  };
}

/** Of two whole numbers the quotient of doubles is the nearest one (IEEE 754). */
function quickNumber({ top, bottom }: QuickRatio): string {
  return String(top / bottom);
}

/** `123` and `123.4`, up to nine digits and three, in thousandths; undefined for any other text. */
function parseThousandths(text: string): number | undefined {
  const { length } = text;
  const point = text.indexOf('.');
  const wholeLength = point === -1 ? length : point;
  const fractionLength = point === -1 ? 0 : length - point - 1;
  if (wholeLength === 0 || wholeLength > 9 || fractionLength > 3 || point === length - 1) return undefined;
  let value = 0;
  for (let at = 0; at < length; at++) {
    if (at === point) continue;
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value * (fractionLength === 0 ? 1_000 : fractionLength === 1 ? 100 : fractionLength === 2 ? 10 : 1);
}

/** The text with a decimal point and no groups of thousands. */
function plainText(spec: SpecReader): (text: string) => string {
  const point = spec.text('decimal') ?? '.';
  const thousands = spec.text('thousands') ?? '';
  if (point === thousands) spec.problem('is the sign of the fraction as well', 'thousands');
  if (point === '.' && thousands === '') return (text) => text;
  return (text) => {
    const digits = thousands === '' ? text : text.replaceAll(thousands, '');
    // A point that is no sign of the fraction makes it no number.
    if (point !== '.' && digits.includes('.')) return 'not a number';
    return point === '.' ? digits : digits.replace(point, '.');
  };
}

const one: Decimal = { digits: 1n, places: 0 };
const zero: Decimal = { digits: 0n, places: 0 };

function readArithmetic(spec: SpecReader): Arithmetic | undefined {
  const unit = spec.object('unit');
  const factor = (key: 'times' | 'dividedBy' | 'plus') => {
    const value = spec.number(key);
    return value === undefined ? undefined : parseDecimal(String(value));
  };
  const [times, dividedBy, plus] = [factor('times'), factor('dividedBy'), factor('plus')];
  if (dividedBy?.digits === 0n) spec.problem('is not 0', 'dividedBy');
  if (unit === undefined) {
    if (times === undefined && dividedBy === undefined && plus === undefined) return undefined;
    return withQuick({ times: times ?? one, dividedBy: dividedBy ?? one, plus: plus ?? zero });
  }
  unit.onlyKeys(['from', 'to']);
  const ratio = unitRatio(unit.text('from') ?? '', unit.text('to') ?? '');
  if (ratio === undefined) unit.problem(`needs "from" and "to", two units of a kind: ${unitNames.join(', ')}`);
  if (times !== undefined || dividedBy !== undefined)
    spec.problem('says what to multiply with, beside "times"', 'unit');
  const [up, down] = ratio ?? [1, 1];
  return withQuick({ times: whole(up), dividedBy: whole(down), plus: plus ?? zero });
}

const maxQuick = 1_000_000;

function withQuick(arithmetic: Omit<Arithmetic, 'quick'>): Arithmetic {
  const { times, dividedBy, plus } = arithmetic;
  const isWhole = ({ digits, places }: Decimal) => places === 0 && digits > 0n && digits <= maxQuick;
  const quick =
    plus.digits === 0n && isWhole(times) && isWhole(dividedBy)
      ? { times: Number(times.digits), dividedBy: Number(dividedBy.digits) }
      : undefined;
  return { ...arithmetic, quick };
}

function whole(value: number): Decimal {
  return { digits: BigInt(value), places: 0 };
}

const parts = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;
/** Beyond, a double is infinite or zero anyway. */
const maxPlaces = 400;

function parseDecimal(text: string): Decimal | undefined {
  const match = parts.exec(text);
  if (match === null || text.length > 100) return undefined;
  const [, sign, before = '', after = '', exponent = '0'] = match;
  const digits = BigInt(`${before}${after}`);
  const places = after.length - Number(exponent);
  if (Math.abs(places) > maxPlaces) return undefined;
  const signed = sign === '-' ? -digits : digits;
  return places < 0 ? { digits: signed * 10n ** BigInt(-places), places: 0 } : { digits: signed, places };
}

/** A fraction, whose bottom is not 0. */
interface Ratio {
  readonly top: Decimal;
  readonly bottom: Decimal;
}

function compute(value: Decimal, { times, dividedBy, plus }: Arithmetic): Ratio {
  const product = { digits: value.digits * times.digits, places: value.places + times.places };
  if (plus.digits === 0n) return { top: product, bottom: dividedBy };
  const addend = { digits: plus.digits * dividedBy.digits, places: plus.places + dividedBy.places };
  const places = Math.max(product.places, addend.places);
  const digits = scaled(product, places) + scaled(addend, places);
  return { top: { digits, places }, bottom: dividedBy };
}

function scaled({ digits, places }: Decimal, toPlaces: number): bigint {
  return digits * 10n ** BigInt(toPlaces - places);
}

/** Top and bottom as integers. */
function integers({ top, bottom }: Ratio): readonly [top: bigint, bottom: bigint] {
  const places = Math.max(top.places, bottom.places);
  const [up, down] = [scaled(top, places), scaled(bottom, places)];
  return down < 0n ? [-up, -down] : [up, down];
}

function integerText(round: Rounding): (ratio: Ratio) => Written {
  return (ratio) => {
    const [top, bottom] = integers(ratio);
    let quotient = top / bottom;
    const rest = top % bottom;
    if (rest !== 0n) {
      if (round === 'exact') return valueFault;
      const below = rest < 0n ? quotient - 1n : quotient;
      const restUp = top - below * bottom;
      const goesUp = round === 'up' || (round === 'nearest' && restUp * 2n >= bottom);
      quotient = goesUp ? below + 1n : below;
    }
    // Beyond, readers of JSON would see another number.
    const isSafe = quotient <= BigInt(Number.MAX_SAFE_INTEGER) && quotient >= BigInt(Number.MIN_SAFE_INTEGER);
    return isSafe ? String(quotient) : valueFault;
  };
}

/** Digits that decide which double is nearest, with one that tells that there are more. */
const quotientPlaces = 40;

function numberText(ratio: Ratio): Written {
  const [top, bottom] = integers(ratio);
  const scaledTop = top * 10n ** BigInt(quotientPlaces);
  const quotient = scaledTop / bottom;
  const sticky = scaledTop % bottom === 0n ? '0' : '1';
  const value = Number(`${quotient}${sticky}e-${quotientPlaces + 1}`);
  return Number.isFinite(value) ? String(value) : valueFault;
}
