/** digits × 10^exponent: schemas and events say 0.1 and mean it, which binary fractions cannot. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** A finite number as the shortest decimal that means it: what JSON text of it says. */
export function decimal(value: number): Decimal {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}

/** The nearest double. */
export function decimalToNumber({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

/** Both as multiples of one power of ten. */
export function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent), exponent];
}

/** False for no multiple, and for a factor of 0. */
export function isMultipleOf(value: Decimal, factor: Decimal): boolean {
  const [a, b] = aligned(value, factor);
  return b !== 0n && a % b === 0n;
}

/** Decimals of so few digits are told apart by doubles, and the division that makes one is exact to the last bit. */
const maxExact = 1e15;
const maxPlaces = 15;

/**
 * Makes the check of `multipleOf` (JSON Schema 2020-12 validation section 6.2.1): whether a number is a multiple of
 * `factor`, both read as the decimals that they are written as. Exact for every pair of doubles; in plain arithmetic for
 * values that with the factor's places have up to 15 digits.
 */
export function multipleOf(factor: number): (value: number) => boolean {
  const of = decimal(factor);
  const places = Math.max(0, -of.exponent);
  const scale = 10 ** places;
  const step = Math.round(factor * scale);
  const isPlain = places <= maxPlaces && step >= 1 && step <= maxExact;
  return (value) => {
    const scaled = Math.round(value * scale);
    if (isPlain && Math.abs(scaled) <= maxExact) return scaled / scale === value && scaled % step === 0;
    return Number.isFinite(value) && isMultipleOf(decimal(value), of);
  };
}
