import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, formatMicros, instantToMicros, isDate, parseInstant } from '../../../shared/event/time.ts';

/** The one spelling of a text, or undefined when it is no date-time. */
function normalized(text: string): string | undefined {
  const instant = parseInstant(text);
  return instant === undefined ? undefined : formatInstant(instant);
}

describe('parseInstant', () => {
  // RFC 3339 section 5.8.
  test.each([
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520000Z'],
    ['1996-12-19T16:39:57-08:00', '1996-12-20T00:39:57.000000Z'],
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000000Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000000Z'],
    ['1937-01-01T12:00:27.87+00:20', '1937-01-01T11:40:27.870000Z'],
  ])('reads the example %s of RFC 3339', (text, expected) => {
    expect(normalized(text)).toBe(expected);
  });

  test.each([
    ['2026-01-01t00:00:00z', '2026-01-01T00:00:00.000000Z'],
    ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.000000Z'],
    ['2026-01-01T00:00:00+23:59', '2025-12-31T00:01:00.000000Z'],
    ['2026-12-31T23:59:60.25Z', '2027-01-01T00:00:00.250000Z'],
    ['2026-06-01T12:00:60Z', '2026-06-01T12:01:00.000000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999Z'],
  ])('reads %s', (text, expected) => {
    expect(normalized(text)).toBe(expected);
  });

  test.each([
    ['.1', 100_000],
    ['.12', 120_000],
    ['.123', 123_000],
    ['.1234', 123_400],
    ['.12345', 123_450],
    ['.123456', 123_456],
    ['.1234567', 123_456],
    ['.12345678', 123_456],
    ['.123456789', 123_456],
    ['.000000999', 0],
  ])('cuts the fraction %s to microseconds', (fraction, micros) => {
    expect(parseInstant(`2026-01-01T00:00:00${fraction}Z`)?.micros).toBe(micros);
    expect(parseInstant(`1960-01-01T00:00:00${fraction}Z`)?.micros).toBe(micros);
  });

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-02-29T00:00:00.000Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00+0100',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00Z\n',
    ' 2026-01-01T00:00:00Z',
    '26-01-01T00:00:00Z',
    '12026-01-01T00:00:00Z',
    '٢٠٢٦-01-01T00:00:00Z',
    'now',
    '',
  ])('refuses %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('looks at every place of the usual spelling', () => {
    const usual = '2026-01-31T23:59:59.789Z';
    expect(parseInstant(usual)?.micros).toBe(789_000);
    for (let at = 0; at < usual.length; at++) {
      for (const other of ['/', ':', '.', '-', ' ', 'T', 'Z', 'é', '٢', '\u{1F600}'].filter(
        (one) => one !== usual[at],
      )) {
        expect(parseInstant(usual.slice(0, at) + other + usual.slice(at + other.length))).toBeUndefined();
      }
    }
  });

  test('agrees with Date on every date-time that Date reads', () => {
    const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
    const offset = fc.record({ sign: fc.constantFrom('+', '-'), minutes: fc.nat({ max: 23 * 60 + 59 }) });
    fc.assert(
      fc.property(fc.date({ ...years, noInvalidDate: true }), offset, (date, { sign, minutes }) => {
        const pad = (value: number) => String(value).padStart(2, '0');
        const zone = `${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
        const text = date.toISOString().replace('Z', zone);
        const instant = parseInstant(text);
        expect(instant && instant.epochSeconds * 1_000 + instant.micros / 1_000).toBe(Date.parse(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test('reads every day of four centuries as Date does', () => {
    for (let day = -135_140; day < 11_000; day++) {
      const text = new Date(day * 86_400_000).toISOString();
      expect(parseInstant(text)?.epochSeconds).toBe(day * 86_400);
    }
  });
});

describe('instantToMicros and formatMicros', () => {
  test('turn each other round wherever microseconds are exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_007_199_254_740_991, max: 9_007_199_254_740_991 }), (micros) => {
        const instant = parseInstant(formatMicros(micros));
        expect(instant && instantToMicros(instant)).toBe(micros);
      }),
    );
  });

  test('give nothing where a double would round', () => {
    for (const text of [
      '0001-01-01T00:00:00Z',
      '1600-01-01T00:00:00Z',
      '2300-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ]) {
      const instant = parseInstant(text);
      expect(instant).toBeDefined();
      expect(instant && instantToMicros(instant)).toBeUndefined();
    }
  });

  test('spell the same instant the same way, whatever its offset', () => {
    const texts = ['2026-01-01T00:30:00.5Z', '2026-01-01T01:00:00.500+00:30', '2025-12-31T16:30:00.500000-08:00'];
    expect(new Set(texts.map(normalized))).toEqual(new Set(['2026-01-01T00:30:00.500000Z']));
  });

  test('know no year before 1 or after 9999', () => {
    expect(normalized('0001-01-01T00:00:00+00:01')).toBeUndefined();
    expect(normalized('9999-12-31T23:59:59-00:01')).toBeUndefined();
    expect(() => formatMicros(Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(() => formatMicros(300_000_000_000_000_000)).toThrow(RangeError);
  });

  test('write whole microseconds for every double within the years 1 to 9999', () => {
    fc.assert(
      fc.property(fc.double({ min: -62_135_596_800_000_000, max: 253_402_300_799_000_000, noNaN: true }), (double) => {
        expect(formatMicros(Math.round(double))).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      }),
    );
  });
});

test('isDate knows the calendar', () => {
  for (const text of ['2026-01-31', '2024-02-29', '0001-01-01', '9999-12-31']) expect(isDate(text)).toBe(true);
  for (const text of ['2026-02-29', '2026-01-32', '0000-01-01', '2026-1-1', '2026-01-01T00:00:00Z', '']) {
    expect(isDate(text)).toBe(false);
  }
});
