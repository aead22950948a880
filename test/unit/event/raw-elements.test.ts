import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawElements } from '../../../shared/event/raw-elements.ts';

/** JSON texts of arrays, with any whitespace that RFC 8259 allows between tokens. */
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
const jsonString = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text));
const scalar = fc.oneof(
  jsonString,
  fc.constantFrom('null', 'true', 'false', '0', '-0', '1e400', '9007199254740993', '1.10', '1E+2', '"\\u005b\\"],["'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
);
const { value: jsonText } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, tie('array'), tie('object')),
  array: fc
    .tuple(fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }), space)
    .map(([items, empty]) => `[${items.length === 0 ? empty : items.map((item) => item.join('')).join(',')}]`),
  object: fc
    .tuple(fc.array(fc.tuple(space, jsonString, space, tie('value'), space), { maxLength: 4 }), space)
    .map(([members, empty]) => {
      const texts = members.map(([before, name, colon, value, after]) => `${before}${name}${colon}:${value}${after}`);
      return `{${texts.length === 0 ? empty : texts.join(',')}}`;
    }),
}));

test('cuts any JSON array into the texts of its elements', () => {
  const element = fc.tuple(space, jsonText, space);
  fc.assert(
    fc.property(fc.array(element, { maxLength: 6 }), space, space, (elements, before, after) => {
      const text = `${before}[${elements.map((parts) => parts.join('')).join(',')}]${after}`;
      const raw = rawElements(text);
      expect(raw).toEqual(elements.map(([, value]) => value));
      expect(raw.map((one) => JSON.parse(one))).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('keeps numbers and spelling as the client wrote them', () => {
  expect(rawElements('[ 9007199254740993 ,1e400,\n{"a" : 1.10} , "\\u00e9" ]')).toEqual([
    '9007199254740993',
    '1e400',
    '{"a" : 1.10}',
    '"\\u00e9"',
  ]);
});

test('finds nothing in an empty array and stops at its end', () => {
  expect(rawElements('[]')).toEqual([]);
  expect(rawElements(' [ \n ] ')).toEqual([]);
});

test('takes a nesting that would exhaust a recursive reader', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  expect(rawElements(`[${deep},1]`).map((element) => element.length)).toEqual([400_000, 1]);
});
