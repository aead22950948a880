import { calendarSeconds, type Instant, isDate, parseInstant } from '../event/time.ts';
import type { Fault, Written } from './fault.ts';
import { type Quick, remembered } from './quick.ts';
import type { SpecReader } from './spec-reader.ts';
import { compilePattern, type TimePattern } from './time-pattern.ts';
import { makeZone, type Zone } from './zones.ts';

/** What one unit of a number of time since an epoch is: places of the decimal point from seconds. */
const unixPlaces: Readonly<Record<string, number>> = { 'unix-s': 0, 'unix-ms': 3, 'unix-us': 6, 'unix-ns': 9 };

/** Of a second, by places. */
const unitsOf: Readonly<Record<number, number>> = { 0: 1, 3: 1_000, 6: 1_000_000, 9: 1_000_000_000 };

const named: Readonly<Record<string, string>> = {
  sql: 'YYYY-MM-DD HH:mm:ss.S',
  iso: "YYYY-MM-DD'T'HH:mm:ss.S",
  compact: 'YYYYMMDDHHmmss',
  apache: 'DD/MMM/YYYY:HH:mm:ss Z',
  rfc2822: 'ddd, D MMM YYYY HH:mm:ss Z',
  ctime: 'ddd MMM D HH:mm:ss YYYY',
};

/** Names of formats; anything else is a pattern. */
const timeFormats = [...Object.keys(unixPlaces), 'rfc3339', 'filetime', ...Object.keys(named)] as const;

type ParseTime = (text: string) => Instant | undefined;

interface TimeFormat {
  readonly parse: ParseTime;
  readonly quick: Quick;
}

const timeFault: Fault = { reason: 'legacy-time' };

/** The pattern of a format that has a name, or that is one. Undefined as of `compilePattern`. */
export function formatPattern(format: string): TimePattern | undefined {
  return compilePattern(named[format] ?? format);
}

/** JSON text of a time in UTC with microseconds, from `format` and, where its texts tell none, `zone`. */
export function timeConverter(spec: SpecReader): {
  readonly ofText: (text: string) => Written;
  readonly quick: Quick;
} {
  const { parse, quick } = readFormat(spec);
  const format = makeInstantText();
  let [lastText, last]: [string, Written] = ['', timeFault];
  const ofText = (text: string): Written => {
    // Several values of an event are made of one cell.
    if (text === lastText) return last;
    const instant = parse(text);
    last = instant === undefined ? timeFault : (format(instant) ?? timeFault);
    lastText = text;
    return last;
  };
  return { ofText, quick };
}

/** JSON text of a day: RFC 3339's `full-date`, or a pattern. */
export function dateConverter(spec: SpecReader): (text: string) => Written {
  const name = spec.text('format') ?? 'YYYY-MM-DD';
  if (name === 'YYYY-MM-DD') return (text) => (isDate(text) ? `"${text}"` : timeFault);
  const pattern = compilePattern(name);
  if (pattern === undefined) spec.problem('has letters that no pattern knows; put them into single quotes', 'format');
  const format = makeInstantText();
  return (text) => {
    const instant = pattern?.parse(text, () => 0);
    const written = instant === undefined ? undefined : format(instant);
    return written === undefined ? timeFault : `${written.slice(0, 11)}"`;
  };
}

function readFormat(spec: SpecReader): TimeFormat {
  const name = spec.text('format');
  if (name === undefined) {
    spec.problem(`needs a "format": ${timeFormats.join(', ')}, or a pattern such as DD.MM.YYYY HH:mm`);
    return { parse: () => undefined, quick: remembered };
  }
  const places = unixPlaces[name];
  if (places !== undefined) return { parse: (text) => parseUnix(text, places), quick: { kind: 'unix', places } };
  if (name === 'filetime') return { parse: parseFiletime, quick: remembered };
  if (name === 'rfc3339') return { parse: parseInstant, quick: remembered };
  const pattern = formatPattern(name);
  if (pattern === undefined) {
    spec.problem('has letters that no pattern knows; put them into single quotes', 'format');
    return { parse: () => undefined, quick: remembered };
  }
  const zone = readZone(spec, pattern);
  const parse: ParseTime = (text) => pattern.parse(text, zone);
  if (zone === undefined || (name !== 'sql' && name !== 'iso')) return { parse, quick: remembered };
  const between = name === 'sql' ? 0x20 : 0x54;
  const quick: Quick = { kind: 'calendar', between, zone };
  if (name === 'sql') return { parse: (text) => parseFixed(text, between, zone) ?? parse(text), quick };
  return { parse: (text) => parseFixed(text, between, zone) ?? parse(text) ?? parseInstant(text), quick };
}

function readZone(spec: SpecReader, { hasOffset }: TimePattern): Zone | undefined {
  const name = spec.text('zone');
  if (hasOffset) return undefined;
  if (name === undefined) {
    spec.problem('needs a "zone", since its texts tell none: UTC, +01:00 or a name such as Europe/Stockholm');
    return undefined;
  }
  const zone = makeZone(name);
  if (zone === undefined) spec.problem('is no zone: UTC, +01:00 or a name such as Europe/Stockholm', 'zone');
  return zone;
}

/** `YYYY-MM-DD HH:mm:ss`, with milliseconds or microseconds, read without a pattern; undefined for any other text. */
function parseFixed(text: string, between: number, zone: Zone): Instant | undefined {
  const { length } = text;
  if (length !== 19 && length !== 23 && length !== 26) return undefined;
  if (text.charCodeAt(10) !== between || text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return undefined;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return undefined;
  if (length > 19 && text.charCodeAt(19) !== 0x2e) return undefined;
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  const second = digitsAt(text, 17, 2);
  const micros = length === 19 ? 0 : length === 23 ? digitsAt(text, 20, 3) * 1_000 : digitsAt(text, 20, 6);
  const localSeconds = calendarSeconds({ year, month, day, hour, minute, second });
  // A zone is asked about times alone: not a number is what a letter among the digits makes.
  if (localSeconds === undefined || Number.isNaN(localSeconds) || Number.isNaN(micros)) return undefined;
  const offsetSeconds = zone(localSeconds);
  if (offsetSeconds === undefined) return undefined;
  return { epochSeconds: localSeconds - offsetSeconds, micros };
}

/** NaN where one is no digit. */
function digitsAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let next = at; next < at + count; next++) {
    const digit = text.charCodeAt(next) - 48;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}

const decimal = /^(-?)(\d{1,20})(?:\.(\d{1,18}))?$/;
/** A double, whose last digits are none of the time's: it is rounded. */
const exponent = /^-?\d(?:\.\d{1,17})?[eE]\+?\d{1,2}$/;

/** Numbers below are written without an exponent. */
const maxFixed = 1e21;

/** Digits beyond microseconds are cut towards the past, so that they are of calendar times, too. */
function parseUnix(text: string, places: number): Instant | undefined {
  return parseShortUnix(text, places) ?? parseAnyUnix(text, places);
}

/** Digits that a double holds exactly, whatever they are. */
const maxExactDigits = 15;

/** What most texts are, digits alone or with microseconds, read without a pattern; undefined for any other text. */
function parseShortUnix(text: string, places: number): Instant | undefined {
  const { length } = text;
  const point = places === 0 && length > 7 && text.charCodeAt(length - 7) === 0x2e ? length - 7 : length;
  if (point > maxExactDigits) return undefined;
  const whole = digitsAt(text, 0, point);
  const unit = unitsOf[places] ?? 1;
  const epochSeconds = Math.floor(whole / unit);
  const micros =
    point < length ? digitsAt(text, point + 1, 6) : Math.floor(((whole - epochSeconds * unit) * 1_000_000) / unit);
  return length === 0 || Number.isNaN(whole) || Number.isNaN(micros) ? undefined : { epochSeconds, micros };
}

function parseAnyUnix(text: string, places: number): Instant | undefined {
  const match = decimal.exec(text);
  if (match === null) {
    const value = exponent.test(text) ? Number(text) : maxFixed;
    // Beyond, in whatever unit, it is no year that can be written.
    return Math.abs(value) < maxFixed ? parseAnyUnix(value.toFixed(Math.max(0, 6 - places)), places) : undefined;
  }
  const [, sign = '', whole = '', after = ''] = match;
  const all = whole.padStart(places + 1, '0');
  const seconds = Number(all.slice(0, all.length - places));
  const rest = all.slice(all.length - places) + after;
  const micros = Number(rest.slice(0, 6).padEnd(6, '0'));
  if (!Number.isSafeInteger(seconds)) return undefined;
  if (sign === '') return { epochSeconds: seconds, micros };
  const past = micros + (/[1-9]/.test(rest.slice(6)) ? 1 : 0);
  return past === 0 ? { epochSeconds: -seconds, micros: 0 } : { epochSeconds: -seconds - 1, micros: 1_000_000 - past };
}

/** Seconds between 1601, when Windows' counts begin, and 1970. */
const filetimeEpochSeconds = 11_644_473_600;

/** Counts of 100 ns since 1601. */
function parseFiletime(text: string): Instant | undefined {
  if (!/^\d{1,18}$/.test(text)) return undefined;
  const digits = text.padStart(8, '0');
  const seconds = Number(digits.slice(0, -7)) - filetimeEpochSeconds;
  return { epochSeconds: seconds, micros: Number(digits.slice(-7, -1)) };
}

const padded = (length: number, digits: number) =>
  Array.from({ length }, (_, value) => String(value).padStart(digits, '0'));
const two = padded(60, 2);
const three = padded(1_000, 3);

/** Days whose text is remembered. */
const maxDays = 1_000;

/** `formatInstant` as JSON text; a file's times are of few days, whose dates are written once, and many of one second. */
function makeInstantText(): (instant: Instant) => string | undefined {
  const dateOf = makeDateText();
  let [lastSecond, last]: [number, string | undefined] = [Number.NaN, undefined];
  return ({ epochSeconds, micros }) => {
    if (epochSeconds !== lastSecond) {
      const date = dateOf(Math.floor(epochSeconds / 86_400));
      const second = epochSeconds - Math.floor(epochSeconds / 86_400) * 86_400;
      const clock = `${two[Math.floor(second / 3_600)]}:${two[Math.floor(second / 60) % 60]}:${two[second % 60]}`;
      last = date === undefined ? undefined : `"${date}${clock}.`;
      lastSecond = epochSeconds;
    }
    return last === undefined ? undefined : `${last}${three[Math.floor(micros / 1_000)]}${three[micros % 1_000]}Z"`;
  };
}

/** `2026-11-20T` of days since the epoch; undefined beyond the years of RFC 3339. */
function makeDateText(): (day: number) => string | undefined {
  const dates = new Map<number, string>();
  return (day) => {
    const known = dates.get(day);
    if (known !== undefined) return known;
    const midnight = new Date(day * 86_400_000);
    const year = midnight.getUTCFullYear();
    if (Number.isNaN(year) || year < 1 || year > 9_999) return undefined;
    const date = midnight.toISOString().slice(0, 11);
    if (dates.size >= maxDays) dates.clear();
    dates.set(day, date);
    return date;
  };
}
