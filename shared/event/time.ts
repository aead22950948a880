/** An instant with microseconds, over RFC 3339's whole range of years. */
export interface Instant {
  /** Whole seconds since the Unix epoch, negative before it. */
  readonly epochSeconds: number;
  /** 0 to 999,999. */
  readonly micros: number;
}

const pattern = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,18})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, or undefined for a date that does not exist. */
function epochDays(year: number, month: number, day: number): number | undefined {
  const monthLength = daysInMonth[month - 1];
  const before = daysBeforeMonth[month - 1];
  if (year < 1 || monthLength === undefined || before === undefined || day < 1) return undefined;
  const leap = isLeapYear(year);
  if (day > (month === 2 && leap ? 29 : monthLength)) return undefined;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  return past * 365 + leapDays + before + (leap && month > 2 ? 1 : 0) + day - 719_163;
}

/** A date and a time of day. */
export interface CalendarTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** Up to 60. */
  readonly second: number;
}

/** Seconds since the epoch of a calendar time in UTC; undefined where there is no such time. */
export function calendarSeconds({ year, month, day, hour, minute, second }: CalendarTime): number | undefined {
  const days = epochDays(year, month, day);
  if (days === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  return days * 86_400 + hour * 3_600 + minute * 60 + second;
}

/**
 * Reads a date-time of RFC 3339 (section 5.6). Digits beyond microseconds are cut, because BigQuery keeps no more.
 * Second 60 counts as the next second wherever it stands: leap seconds differ between clocks, an identity must not.
 * Undefined when the text is not such a date-time.
 */
export function parseInstant(text: string): Instant | undefined {
  return (text.length === usualLength ? parseUsual(text) : undefined) ?? parseAny(text);
}

/**
 * A time as `toISOString` writes it, which most clients send, in half of the time that the regular expression takes with all
 * that follows. Undefined for any other text.
 */
function parseUsual(text: string): Instant | undefined {
  const isUsual =
    text.charCodeAt(4) === minus &&
    text.charCodeAt(7) === minus &&
    text.charCodeAt(10) === letterT &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon &&
    text.charCodeAt(fractionStart) === dot &&
    text.charCodeAt(usualLength - 1) === letterZ;
  if (!isUsual) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const hundredths = twoDigits(text, 20);
  // The last digit with the one before, which is read again.
  const lastTwo = twoDigits(text, 21);
  if ((year | month | day | hour | minute | second | hundredths | lastTwo) < 0) return undefined;
  const epochSeconds = calendarSeconds({ year, month, day, hour, minute, second });
  return epochSeconds === undefined ? undefined : { epochSeconds, micros: (hundredths * 10 + (lastTwo % 10)) * 1_000 };
}

function parseAny(text: string): Instant | undefined {
  if (!pattern.test(text)) return undefined;
  // Of what has the shape, everything but the fraction stands at its place; to capture it would take twice the time.
  const utcSeconds = calendarSeconds({
    year: twoDigits(text, 0) * 100 + twoDigits(text, 2),
    month: twoDigits(text, 5),
    day: twoDigits(text, 8),
    hour: twoDigits(text, 11),
    minute: twoDigits(text, 14),
    second: twoDigits(text, 17),
  });
  if (utcSeconds === undefined) return undefined;
  const zone = text.charCodeAt(text.length - 3) === colon ? text.length - offsetLength : text.length - 1;
  const offsetSeconds = zone === text.length - 1 ? 0 : readOffset(text, zone);
  if (offsetSeconds === undefined) return undefined;
  return { epochSeconds: utcSeconds - offsetSeconds, micros: readMicros(text, zone) };
}

const colon = 0x3a;
const minus = 0x2d;
const dot = 0x2e;
const letterT = 0x54;
const letterZ = 0x5a;
const digitZero = 0x30;
const digitNine = 0x39;
const usualLength = 'YYYY-MM-DDTHH:MM:SS.mmmZ'.length;
const offsetLength = '+00:00'.length;
/** Where seconds end. */
const fractionStart = 'YYYY-MM-DDTHH:MM:SS'.length;

function readOffset(text: string, at: number): number | undefined {
  const [hour, minute] = [twoDigits(text, at + 1), twoDigits(text, at + 4)];
  if (hour > 23 || minute > 59) return undefined;
  return (hour * 60 + minute) * (text.charCodeAt(at) === minus ? -60 : 60);
}

/** Of the fraction that ends before `end`, where there is one: six digits of it, those that are not there as zeros. */
function readMicros(text: string, end: number): number {
  let micros = 0;
  for (let at = fractionStart + 1; at <= fractionStart + 6; at++) {
    micros = micros * 10 + (at < end ? text.charCodeAt(at) - digitZero : 0);
  }
  return micros;
}

/** The number that two digits of a text say; far below zero for what are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  if (tens < digitZero || tens > digitNine || ones < digitZero || ones > digitNine) return noDigits;
  return tens * 10 + ones - digitZero * 11;
}

const noDigits = -10_000;

/** True for a `full-date` of RFC 3339 that exists in the calendar. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match !== null && epochDays(Number(match[1]), Number(match[2]), Number(match[3])) !== undefined;
}

/** Microseconds since the epoch, or undefined where a double does not hold them exactly: before 1684 and after 2255. */
export function instantToMicros(instant: Instant): number | undefined {
  const micros = instant.epochSeconds * 1_000_000 + instant.micros;
  return Number.isSafeInteger(micros) ? micros : undefined;
}

/** First and last second of the years that RFC 3339, and a TIMESTAMP, can say: 1 to 9999. */
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;

/** Whether an instant has a spelling: an offset, or second 60, can bring it out of the years 1 to 9999. */
export function isWithinYears({ epochSeconds }: Instant): boolean {
  return epochSeconds >= firstSecond && epochSeconds <= lastSecond;
}

const daySeconds = 86_400;
const dayMinutes = 1_440;
/** Days as they are written, by days since the epoch: the times of a batch are of few. */
const dayTexts = new Map<number, string>();
const maxDayTexts = 64;
const thousandths = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));
const sixtieths = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

function dayText(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  if (dayTexts.size >= maxDayTexts) dayTexts.clear();
  const text = new Date(day * daySeconds * 1_000).toISOString().slice(0, 10);
  dayTexts.set(day, text);
  return text;
}

/** The minute that was written last, up to its seconds: the times of a batch are close. */
let lastMinute: { readonly minute: number; readonly text: string } | undefined;

function minuteText(minute: number): string {
  if (lastMinute?.minute === minute) return lastMinute.text;
  const day = Math.floor(minute / dayMinutes);
  const ofDay = minute - day * dayMinutes;
  const text = `${dayText(day)}T${sixtieths[Math.floor(ofDay / 60)]}:${sixtieths[ofDay % 60]}:`;
  lastMinute = { minute, text: inOnePiece(text) };
  return text;
}

/** V8 joins a text of pieces when it is read, and what it is a piece of each time. */
function inOnePiece(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** The one spelling of an instant in rows: UTC with six fractional digits, as BigQuery's TIMESTAMP takes it. */
export function formatInstant(instant: Instant): string | undefined {
  if (!isWithinYears(instant)) return undefined;
  const { epochSeconds, micros } = instant;
  const minute = Math.floor(epochSeconds / 60);
  const second = Math.floor(epochSeconds - minute * 60);
  const millis = Math.floor(micros / 1_000);
  const rest = `${sixtieths[second]}.${thousandths[millis]}${thousandths[micros - millis * 1_000]}Z`;
  return minuteText(minute) + rest;
}

/** `formatInstant` of microseconds since the epoch. */
export function formatMicros(epochMicros: number): string {
  const epochSeconds = Math.floor(epochMicros / 1_000_000);
  const text = formatInstant({ epochSeconds, micros: epochMicros - epochSeconds * 1_000_000 });
  if (text === undefined) throw new RangeError(`${epochMicros} µs is outside the years 1 to 9999`);
  return text;
}

/** `formatInstant` of milliseconds since the epoch, exact over all of its years, which microseconds in a double are not. */
export function formatMillis(epochMillis: number): string | undefined {
  const epochSeconds = Math.floor(epochMillis / 1_000);
  return formatInstant({ epochSeconds, micros: (epochMillis - epochSeconds * 1_000) * 1_000 });
}
