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
  ['half a surrogate pair in a value', '{"a":"\\ud800"}', 'text'],
  ['half a surrogate pair in a key', '{"a":{"\\udc00":1}}', 'text'],
  ['a surrogate pair the wrong way round', '["\\udc00\\ud800"]', 'text'],
  ['a __proto__ key', '{"a":{"__proto__":{"x":1}}}', 'key'],
])('finds %s', (_what, text, reason) => {
  expect(reasonOf(text)).toBe(reason);
});

test('tells neither where nor what', () => {
  expect(scanEvent(written('{"alice@example.com":"\\ud800"}'), 4)).toEqual({
    kind: 'rejected',
    reason: 'text',
    errors: [{ path: '', keyword: 'text' }],
  });
});

test('knows whole surrogate pairs', () => {
  expect(reasonOf('{"\\ud83d\\ude00":"\\ud83d\\ude00"}')).toBeUndefined();
});
