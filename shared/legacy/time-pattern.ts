import { calendarSeconds, type Instant } from '../event/time.ts';
import { parseOffset, type Zone } from './zones.ts';

/** What has been read of a time so far. */
interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  half: 'am' | 'pm' | undefined;
  offsetSeconds: number | undefined;
}

/** Reads its part of the text from a position on; answers where it ends, -1 where the text is not of it. */
type Step = (text: string, at: number, parts: Parts) => number;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const token = /'([^']*)'|YYYY|MMM|ddd|MM|DD|HH|hh|mm|ss|\.S|[MDHhaZ]|[^A-Za-z]|./g;

type Numeric = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';
const numbers: Readonly<Record<string, readonly [part: Numeric, min: number, max: number]>> = {
  YYYY: ['year', 4, 4],
  MM: ['month', 2, 2],
  M: ['month', 1, 2],
  DD: ['day', 2, 2],
  D: ['day', 1, 2],
  HH: ['hour', 2, 2],
  H: ['hour', 1, 2],
  hh: ['hour', 2, 2],
  h: ['hour', 1, 2],
  mm: ['minute', 2, 2],
  ss: ['second', 2, 2],
};

export interface TimePattern {
  readonly parse: (text: string, zone: Zone | undefined) => Instant | undefined;
  /** The text tells its zone. */
  readonly hasOffset: boolean;
}

/**
 * A pattern of `YYYY`, `MM` or `M`, `MMM` (Jan), `DD` or `D`, `HH` or `H` (24), `hh` or `h` with `a` (AM), `mm`, `ss`, `.S`
 * (a fraction, which may be missing), `ddd` (a weekday, which nobody heeds), `Z` (an offset), letters in single quotes and
 * any other character. `M`, `D`, `H` and `h` may have a space for a second digit (C's `%e`, as `ctime` and `date` write:
 * `Dec  1`). Undefined where it has a letter that means nothing.
 */
export function compilePattern(pattern: string): TimePattern | undefined {
  const steps: Step[] = [];
  let hasOffset = false;
  let twelveHours = false;
  for (const [text, quoted] of pattern.matchAll(token)) {
    const numeric = numbers[text];
    if (quoted !== undefined) steps.push(literal(quoted));
    else if (numeric !== undefined) steps.push(digits(...numeric));
    else if (text === 'MMM') steps.push(monthName);
    else if (text === 'ddd') steps.push(weekday);
    else if (text === '.S') steps.push(fraction);
    else if (text === 'a') steps.push(halfDay);
    else if (text === 'Z') steps.push(offset);
    else if (/[A-Za-z]/.test(text)) return undefined;
    else steps.push(literal(text));
    hasOffset ||= text === 'Z';
    twelveHours ||= text === 'a';
  }
  return { hasOffset, parse: (text, zone) => parse(steps, text, { zone, twelveHours }) };
}

function parse(
  steps: readonly Step[],
  text: string,
  { zone, twelveHours }: { readonly zone: Zone | undefined; readonly twelveHours: boolean },
): Instant | undefined {
  const parts: Parts = {
    ...{ year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0 },
    half: undefined,
    offsetSeconds: undefined,
  };
  let at = 0;
  for (const step of steps) {
    at = step(text, at, parts);
    if (at === -1) return undefined;
  }
  if (at !== text.length) return undefined;
  if (twelveHours) {
    if (parts.hour < 1 || parts.hour > 12) return undefined;
    parts.hour = (parts.hour % 12) + (parts.half === 'pm' ? 12 : 0);
  }
  const localSeconds = calendarSeconds(parts);
  if (localSeconds === undefined) return undefined;
  const offsetSeconds = parts.offsetSeconds ?? zone?.(localSeconds);
  return offsetSeconds === undefined ? undefined : { epochSeconds: localSeconds - offsetSeconds, micros: parts.micros };
}

function literal(expected: string): Step {
  return (text, at) => (text.startsWith(expected, at) ? at + expected.length : -1);
}

function digits(part: Numeric, min: number, max: number): Step {
  return (text, at, parts) => {
    let value = 0;
    const isPadded = min < max && text[at] === ' ';
    const start = isPadded ? at + 1 : at;
    let end = start;
    while (end < at + max) {
      const digit = text.charCodeAt(end) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      end++;
    }
    if (end - start < min) return -1;
    parts[part] = value;
    return end;
  };
}

const monthName: Step = (text, at, parts) => {
  const month = months.indexOf(text.slice(at, at + 3).toLowerCase());
  parts.month = month + 1;
  return month === -1 ? -1 : at + 3;
};

const weekdayName = /[A-Za-z]{3}/y;
const weekday: Step = (text, at) => {
  weekdayName.lastIndex = at;
  return weekdayName.test(text) ? at + 3 : -1;
};

const maxFractionDigits = 18;
const fraction: Step = (text, at, parts) => {
  const sign = text.charCodeAt(at);
  if (sign !== 0x2e && sign !== 0x2c) return at;
  let micros = 0;
  let end = at + 1;
  for (; end <= at + maxFractionDigits; end++) {
    const digit = text.charCodeAt(end) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    // Digits beyond microseconds are cut.
    if (end <= at + 6) micros = micros * 10 + digit;
  }
  for (let digits = end - at - 1; digits < 6; digits++) micros *= 10;
  parts.micros = micros;
  return end === at + 1 ? -1 : end;
};

const halfDay: Step = (text, at, parts) => {
  const half = text.slice(at, at + 2).toLowerCase();
  if (half !== 'am' && half !== 'pm') return -1;
  parts.half = half;
  return at + 2;
};

const offsetText = /Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?/y;
const offset: Step = (text, at, parts) => {
  offsetText.lastIndex = at;
  const found = offsetText.exec(text)?.[0];
  if (found === undefined) return -1;
  parts.offsetSeconds = /^[A-Z]/.test(found) ? 0 : parseOffset(found);
  return parts.offsetSeconds === undefined ? -1 : at + found.length;
};
