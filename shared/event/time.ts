/** An instant with microseconds, over RFC 3339's whole range of years. */
export interface Instant {
  /** Whole seconds since the Unix epoch, negative before it. */
  readonly epochSeconds: number;
  /** 0 to 999,999. */
  readonly micros: number;
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,18}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
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
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const day = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const utcSeconds = calendarSeconds({
    ...day,
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
  });
  if (utcSeconds === undefined) return undefined;
  let offsetSeconds = 0;
  if (match[8] !== undefined) {
    const offsetHour = Number(match[9]);
    const offsetMinute = Number(match[10]);
    if (offsetHour > 23 || offsetMinute > 59) return undefined;
    offsetSeconds = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -60 : 60);
  }
  const epochSeconds = utcSeconds - offsetSeconds;
  const fraction = match[7];
  return { epochSeconds, micros: fraction === undefined ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0')) };
}

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

const daySeconds = 86_400;
/** Days as they are written, by days since the epoch: the times of a batch are of few. */
const dayTexts = new Map<number, string>();
const maxDayTexts = 64;
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** Undefined outside the years 1 to 9999. */
function dayText(day: number): string | undefined {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  const date = new Date(day * daySeconds * 1_000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 1 || year > 9_999) return undefined;
  if (dayTexts.size >= maxDayTexts) dayTexts.clear();
  const text = date.toISOString().slice(0, 10);
  dayTexts.set(day, text);
  return text;
}

/** The one spelling of an instant in rows: UTC with six fractional digits, as BigQuery's TIMESTAMP takes it. */
export function formatInstant({ epochSeconds, micros }: Instant): string | undefined {
  const day = Math.floor(epochSeconds / daySeconds);
  const date = dayText(day);
  if (date === undefined) return undefined;
  const second = Math.floor(epochSeconds - day * daySeconds);
  const minute = Math.floor(second / 60);
  const [hours, minutes, seconds] = [Math.floor(minute / 60), minute % 60, second % 60];
  const fraction = String(micros).padStart(6, '0');
  return `${date}T${twoDigits[hours]}:${twoDigits[minutes]}:${twoDigits[seconds]}.${fraction}Z`;
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
