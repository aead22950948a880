import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../../shared/event/number-text.ts';
import { scanEvent } from '../../../shared/event/scan.ts';

const written = (text: string) => {
  const value: JsonValue = JSON.parse(text);
  return { value, text: () => text, mayHoldTinyNumber: () => mayHoldTinyNumber(text) };
};

const reasonOf = (text: string, maxNesting = 4) => scanEvent(written(text), maxNesting)?.reason;

test('lets ordinary JSON pass', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme', noUnicodeString: false }), (generated) => {
      const text = JSON.stringify(generated);
      // The generator likes this key, which is what the scan is there to find.
      fc.pre(!text.includes('"__proto__"'));
      // And integers that doubles hold and say in digits beyond 2^53.
      fc.pre(!/(?<![\d.])\d{16,}(?![\d.eE])/.test(text));
      expect(scanEvent(written(text), 32)).toBeUndefined();
    }),
  );
});

test('counts the event itself as the first level of nesting', () => {
  expect(reasonOf('{"a":{"b":[{}]}}', 4)).toBeUndefined();
  expect(reasonOf('{"a":{"b":[{"c":[]}]}}', 4)).toBe('nesting');
  expect(reasonOf('{"a":{"b":[{"c":1}]}}', 4)).toBeUndefined();
  expect(reasonOf('{}', 0)).toBe('nesting');
});

test.each([
  ['a number beyond a double', '{"a":[1e400]}', 'number'],
  ['a negative number beyond a double', '{"a":-1e400}', 'number'],
  ['an integer beyond 2^53', '{"a":[0,{"b":9007199254740993}]}', 'number'],
  ['the least integer that another is read as', '{"a":9007199254740992}', 'number'],
  ['a negative integer beyond 2^53', '{"a":-9007199254740993}', 'number'],
  ['an integer that is as round as a double', '{"a":100000000000000000000}', 'number'],
  ['a number beyond a double without an exponent', `{"a":${'9'.repeat(310)}.5}`, 'number'],
  ['a number that becomes zero', '{"a":1e-400}', 'number'],
  ['a number that becomes zero, with leading zeros', '{"a":-0.001E-0325}', 'number'],
  ['a number that becomes zero without an exponent', `{"a":0.${'0'.repeat(330)}1}`, 'number'],
  ['one beside text that looks like one', '{"a":"9007199254740993\\"","b":[9007199254740993]}', 'number'],
  ['half a surrogate pair in a value', '{"a":"\\ud800"}', 'text'],
  ['half a surrogate pair in a key', '{"a":{"\\udc00":1}}', 'text'],
  ['a surrogate pair the wrong way round', '["\\udc00\\ud800"]', 'text'],
  ['a __proto__ key', '{"a":{"__proto__":{"x":1}}}', 'key'],
])('finds %s', (_what, text, reason) => {
  expect(reasonOf(text)).toBe(reason);
});

test('tells neither where nor what, but what was wanted', () => {
  expect(scanEvent(written('{"alice@example.com":"\\ud800"}'), 4)).toEqual({
    kind: 'rejected',
    reason: 'text',
    errors: [{ path: '', keyword: 'text', expected: 'Unicode text, which has no half of a surrogate pair' }],
  });
});

test('knows whole surrogate pairs', () => {
  expect(reasonOf('{"\\ud83d\\ude00":"\\ud83d\\ude00"}')).toBeUndefined();
});

test.each([
  ['the largest integers', '{"a":[9007199254740991,-9007199254740991]}'],
  ['a double beyond 2^53 by its exponent', '{"a":[1e20,1.8446744073709552e19,9.007199254740993E15]}'],
  ['a fraction that is rounded', '{"a":[0.1,9007199254740993.0,0.12345678901234567890123456789]}'],
  ['the smallest double', '{"a":[5e-324,1e-323]}'],
  ['zeros', '{"a":[0,-0,0.0,0e-400,0.000e400]}'],
  ['digits in text', '{"a":"x: 9007199254740993","1e-400":"\\\\","b":", 1e-400","c":0}'],
])('lets %s pass', (_what, text) => {
  expect(reasonOf(text)).toBeUndefined();
});

test('asks for the text of an event only where a number can have changed', () => {
  const value: JsonValue = JSON.parse('{"a":[1,1.5,0],"b":"9007199254740993"}');
  const text = () => {
    throw new Error('not needed');
  };
  expect(scanEvent({ value, text, mayHoldTinyNumber: () => false }, 32)).toBeUndefined();
});

test('takes no id for a number that becomes zero', () => {
  expect(mayHoldTinyNumber('[{"id":"6f1c2b3e-4123-4e99-9e-100-1e-123456789012","a":0,"b":1.5e-12}]')).toBe(false);
  for (const end of [']', '}', ',2]', ' ]', '\r\n\t}', '']) expect(mayHoldTinyNumber(`[1E-400${end}`)).toBe(true);
});

test('finds two hundred digits wherever they stand', () => {
  for (let before = 0; before < 405; before++) {
    const text = (digits: number) => `${'x'.repeat(before)}0.${'0'.repeat(digits)}e${'1'.repeat(150)}`;
    expect(mayHoldTinyNumber(text(200))).toBe(true);
    expect(mayHoldTinyNumber(text(199))).toBe(false);
  }
});
