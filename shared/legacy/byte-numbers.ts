import type { ByteRow } from './byte-row.ts';
import type { Rounding } from './quick.ts';

const point = 0x2e;
const minus = 0x2d;

/** Where digits end. */
export function digitsEnd(source: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const digit = (source[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    at++;
  }
  return at;
}

/** Where an integer ends that JSON writes the same, of 15 digits at most; -1 where there is none. */
export function integerEnd(source: Uint8Array, start: number, end: number): number {
  const first = source[start] === minus ? start + 1 : start;
  const after = digitsEnd(source, first, end);
  if (after === first || after - first > 15 || (after - first > 1 && source[first] === 0x30)) return -1;
  return after;
}

export function copyInteger(row: ByteRow, at: number, index: number): number {
  const [start, end] = [row.starts[index] ?? 0, row.ends[index] ?? 0];
  return integerEnd(row.source, start, end) === end ? row.copy(at, start, end) : -1;
}

export function copyNumber(row: ByteRow, at: number, index: number): number {
  const [start, end] = [row.starts[index] ?? 0, row.ends[index] ?? 0];
  const whole = integerEnd(row.source, start, end);
  if (whole === -1) return -1;
  if (whole < end) {
    if (row.source[whole] !== point || whole + 1 === end) return -1;
    if (digitsEnd(row.source, whole + 1, end) !== end) return -1;
  }
  return row.copy(at, start, end);
}

/** Writes the number of a cell; -1 where only its text says it. */
type ByteNumber = (row: ByteRow, at: number, index: number) => number;

/** As `parseThousandths` and `quickInteger` have it. */
export function scaled({ times, dividedBy, round }: { times: number; dividedBy: number; round: Rounding }): ByteNumber {
  const bottom = 1_000 * dividedBy;
  return (row, at, index) => {
    const thousandths = readThousandths(row.source, row.starts[index] ?? 0, row.ends[index] ?? 0);
    if (thousandths === -1) return -1;
    const top = thousandths * times;
    if (!Number.isSafeInteger(top)) return -1;
    const rest = top % bottom;
    const below = (top - rest) / bottom;
    if (rest === 0) return row.putDigits(at, below);
    if (round === 'exact') return -1;
    return row.putDigits(at, round === 'up' || (round === 'nearest' && rest * 2 >= bottom) ? below + 1 : below);
  };
}

function readThousandths(source: Uint8Array, start: number, end: number): number {
  const whole = digitsEnd(source, start, end);
  if (whole === start || whole - start > 9) return -1;
  if (whole === end) return readDigits(source, start, end) * 1_000;
  const places = end - whole - 1;
  if (source[whole] !== point || places < 1 || places > 3 || digitsEnd(source, whole + 1, end) !== end) return -1;
  const fraction = readDigits(source, whole + 1, end) * (places === 1 ? 100 : places === 2 ? 10 : 1);
  return readDigits(source, start, whole) * 1_000 + fraction;
}

/** Of bytes that are digits. */
export function readDigits(source: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (source[at] ?? 0) - 0x30;
  return value;
}
