import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { mappingOf, problemsOf, readAll, resultOf, simpleMapping } from '../../helpers/legacy.ts';

/** What a cell becomes under a spec. */
function valueUnder(cell: string, spec: JsonObject, format: JsonObject = {}): JsonValue {
  const mapping = mappingOf(simpleMapping({ columns: ['at', 'x'], ...format }, { x: spec }, { x: 'x' }));
  const [record] = readAll(mapping, `1700000000\t${cell}\n`).records;
  if (record === undefined) throw new Error('no record');
  const result = resultOf(record);
  return typeof result === 'object' && result !== null && !Array.isArray(result) ? (result['x'] ?? 'nothing') : result;
}

const [bad, badTime] = ['legacy-value x', 'legacy-time x'];

describe('a cell', () => {
  test.each<[string, JsonObject, JsonValue]>([
    ['a "b" \u0001 ü', {}, 'a "b" \u0001 ü'],
    ['', {}, 'nothing'],
    ['', { default: 'none' }, 'none'],
    ['-', { null: ['-', '?'] }, 'nothing'],
    ['', { null: ['-'] }, ''],
    ['(empty)', { empty: ['(empty)'] }, ''],
    ['(empty)', { empty: ['(empty)'], type: 'array' }, []],
    ['(empty)', { empty: ['(empty)'], type: 'integer' }, bad],
    ['  x ', { trim: true }, 'x'],
    [' - ', { trim: true, null: ['-'], default: 'none' }, 'none'],
    ['  ', { trim: true, type: 'integer' }, 'nothing'],
    ['AbC', { case: 'lower' }, 'abc'],
    ['p', { enum: { p: 'premium', f: 'free' } }, 'premium'],
    ['q', { enum: { p: 'premium' } }, bad],
    ['q', { enum: { p: 'premium' }, otherwise: 'keep' }, 'q'],
    ['q', { enum: { p: 'premium' }, otherwise: 'leave-out' }, 'nothing'],
    ['q', { enum: { p: 'premium' }, otherwise: { $constant: 'other' } }, 'other'],
    ['7', { enum: { 7: 'seven' }, type: 'integer', otherwise: 'keep' }, 'seven'],
    ['8', { enum: { 7: 'seven' }, type: 'integer', otherwise: 'keep' }, 8],
    ['constructor', { enum: { p: 1 } }, bad],
    ['T', { type: 'boolean' }, true],
    ['0', { type: 'boolean' }, false],
    ['ja', { type: 'boolean', true: ['ja'], false: ['nein'] }, true],
    ['true', { type: 'boolean', true: ['ja'], false: ['nein'] }, bad],
    ['a,b,,c', { type: 'array' }, ['a', 'b', '', 'c']],
    ['1|2', { type: 'array', separator: '|', items: { type: 'integer' } }, [1, 2]],
    ['1|x', { type: 'array', separator: '|', items: { type: 'integer' } }, bad],
    ['a,-', { type: 'array', items: { null: ['-'] } }, ['a', null]],
    ['{"a":[1,{"b":2.50}]}', { type: 'json' }, { a: [1, { b: 2.5 }] }],
    ['{"a":[1,{"b":2}]}', { type: 'json', pointer: '/a/1/b' }, 2],
    ['{"a":1}', { type: 'json', pointer: '/b' }, 'nothing'],
    ['{"a":9007199254740993}', { type: 'json', pointer: '/a' }, bad],
    ['null', { type: 'json' }, 'nothing'],
    ['{a}', { type: 'json' }, bad],
  ])('%j under %j is %j', (cell, spec, expected) => {
    expect(valueUnder(cell, spec)).toEqual(expected);
  });
});

describe('a number', () => {
  test.each<[string, JsonObject, JsonValue]>([
    ['42', { type: 'integer' }, 42],
    ['-0', { type: 'integer' }, -0],
    ['+007', { type: 'integer' }, 7],
    ['4.0', { type: 'integer' }, 4],
    ['4.2', { type: 'integer' }, bad],
    ['4.2', { type: 'integer', round: 'nearest' }, 4],
    ['-4.5', { type: 'integer', round: 'nearest' }, -4],
    ['-4.2', { type: 'integer', round: 'down' }, -5],
    ['4.2', { type: 'integer', round: 'up' }, 5],
    ['1e3', { type: 'integer' }, 1000],
    ['9007199254740992', { type: 'integer' }, bad],
    ['NaN', { type: 'number' }, bad],
    ['0x10', { type: 'number' }, bad],
    ['1 000', { type: 'number' }, bad],
    ['1e999', { type: 'number' }, bad],
    ['4.294967296e+09', { type: 'number' }, 4_294_967_296],
    ['.5', { type: 'number' }, 0.5],
    ['1.234.567,89', { type: 'number', decimal: ',', thousands: '.' }, 1_234_567.89],
    ['1.5', { type: 'number', decimal: ',' }, bad],
    ['1.1', { type: 'integer', unit: { from: 's', to: 'ms' } }, 1_100],
    ['0.001', { type: 'integer', times: 1_000 }, 1],
    ['123456789012.345678', { type: 'integer', unit: { from: 's', to: 'us' }, round: 'exact' }, bad],
    ['1234567.345678', { type: 'integer', unit: { from: 's', to: 'us' } }, 1_234_567_345_678],
    ['90', { type: 'number', unit: { from: 'min', to: 'h' } }, 1.5],
    ['1', { type: 'number', dividedBy: 3 }, 1 / 3],
    ['0.1', { type: 'number', plus: 0.2 }, 0.3],
    ['77', { type: 'number', plus: -32, times: 1, dividedBy: 1 }, 45],
    ['50', { type: 'number', unit: { from: 'percent', to: 'fraction' } }, 0.5],
    ['1999', { type: 'integer', unit: { from: 'ms', to: 's' }, round: 'down' }, 1],
    ['-1999', { type: 'integer', unit: { from: 'ms', to: 's' }, round: 'down' }, -2],
  ])('%j under %j is %j', (cell, spec, expected) => {
    expect(valueUnder(cell, spec)).toEqual(expected);
  });

  test.each<JsonObject>([
    { type: 'number', unit: { from: 'percent', to: 'fraction' } },
    { type: 'number', unit: { from: 'us', to: 'h' } },
    { type: 'number', times: 7, dividedBy: 999_983 },
    { type: 'integer', unit: { from: 's', to: 'ms' }, round: 'nearest' },
    { type: 'integer', times: 3, dividedBy: 7, round: 'up' },
    { type: 'integer', dividedBy: 60 },
  ])('under %j is the same with a sign, whose digits are computed another way', (spec) => {
    const mapping = mappingOf(simpleMapping({ columns: ['at', 'x'] }, { x: spec }, { x: 'x' }));
    const cell = fc.tuple(fc.nat(9_999_999), fc.constantFrom('', '.5', '.25', '.125', '.001', '.9999'));
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), (cells) => {
        const read = (sign: string) =>
          readAll(mapping, cells.map(([whole, fraction]) => `1\t${sign}${whole}${fraction}\n`).join(''));
        expect(read('').records.map(resultOf)).toEqual(read('+').records.map(resultOf));
      }),
    );
  });
});

describe('a time', () => {
  test.each<[string, JsonObject, string]>([
    ['1521911725.733635', { format: 'unix-s' }, '2018-03-24T17:15:25.733635Z'],
    ['-1418429426.887384', { format: 'unix-s' }, '1925-01-19T23:49:33.112616Z'],
    ['-2.1504318496896954e+09', { format: 'unix-s' }, '1901-11-09T17:49:10.310305Z'],
    ['-0.0000005', { format: 'unix-s' }, '1969-12-31T23:59:59.999999Z'],
    ['1521911725733', { format: 'unix-ms' }, '2018-03-24T17:15:25.733000Z'],
    ['1521911725733635', { format: 'unix-us' }, '2018-03-24T17:15:25.733635Z'],
    ['1521911725733635999', { format: 'unix-ns' }, '2018-03-24T17:15:25.733635Z'],
    ['999999999999999999999', { format: 'unix-s' }, badTime],
    ['1e+21', { format: 'unix-s' }, badTime],
    ['-9.9e20', { format: 'unix-ns' }, badTime],
    ['131663853257336359', { format: 'filetime' }, '2018-03-24T17:15:25.733635Z'],
    ['2018-03-24T19:15:25.5+02:00', { format: 'rfc3339' }, '2018-03-24T17:15:25.500000Z'],
    ['2018-03-24 17:15:25', { format: 'sql', zone: 'UTC' }, '2018-03-24T17:15:25.000000Z'],
    ['2018-03-24 17:15:25.25', { format: 'sql', zone: '+01:00' }, '2018-03-24T16:15:25.250000Z'],
    ['2018-03-24T17:15:25', { format: 'iso', zone: 'UTC' }, '2018-03-24T17:15:25.000000Z'],
    ['2018-03-24T17:15:25+01:00', { format: 'iso', zone: 'UTC' }, '2018-03-24T16:15:25.000000Z'],
    ['20180324171525', { format: 'compact', zone: 'UTC' }, '2018-03-24T17:15:25.000000Z'],
    ['24/Mar/2018:17:15:25 -0700', { format: 'apache' }, '2018-03-25T00:15:25.000000Z'],
    ['Sat, 24 Mar 2018 17:15:25 GMT', { format: 'rfc2822' }, '2018-03-24T17:15:25.000000Z'],
    ['Sat Mar 4 17:15:25 2018', { format: 'ctime', zone: 'UTC' }, '2018-03-04T17:15:25.000000Z'],
    ['Sat Mar  4 17:15:25 2018', { format: 'ctime', zone: 'UTC' }, '2018-03-04T17:15:25.000000Z'],
    ['Wed Mar  14 17:15:25 2018', { format: 'ctime', zone: 'UTC' }, badTime],
    [' 4. 3.2018  9:05', { format: 'D.M.YYYY H:mm', zone: 'UTC' }, '2018-03-04T09:05:00.000000Z'],
    ['3/4/2018 12:05 AM', { format: 'M/D/YYYY h:mm a', zone: 'UTC' }, '2018-03-04T00:05:00.000000Z'],
    ['3/4/2018 12:05 pm', { format: 'M/D/YYYY h:mm a', zone: 'UTC' }, '2018-03-04T12:05:00.000000Z'],
    ['2018-07-01 12:00:00', { format: 'sql', zone: 'Europe/Stockholm' }, '2018-07-01T10:00:00.000000Z'],
    ['2018-01-01 12:00:00', { format: 'sql', zone: 'Europe/Stockholm' }, '2018-01-01T11:00:00.000000Z'],
    // Twice, when clocks were put back: the first is meant.
    ['2018-10-28 02:30:00', { format: 'sql', zone: 'Europe/Stockholm' }, '2018-10-28T00:30:00.000000Z'],
    ['2018-10-28 03:00:00', { format: 'sql', zone: 'Europe/Stockholm' }, '2018-10-28T02:00:00.000000Z'],
    // Never, when they were put forward.
    ['2018-03-25 02:30:00', { format: 'sql', zone: 'Europe/Stockholm' }, badTime],
    ['2018-03-25 03:00:00', { format: 'sql', zone: 'Europe/Stockholm' }, '2018-03-25T01:00:00.000000Z'],
    ['2018-02-30 17:15:25', { format: 'sql', zone: 'UTC' }, badTime],
    ['2018-03-24 25:15:25', { format: 'sql', zone: 'UTC' }, badTime],
    ['2O18-03-24 17:15:25', { format: 'sql', zone: 'UTC' }, badTime],
    ['2O18-03-24 17:15:25', { format: 'sql', zone: 'Europe/Stockholm' }, badTime],
    ['2018-03-24 17:15:25 ', { format: 'sql', zone: 'UTC' }, badTime],
    ['2018-03-24 17:15:25.', { format: 'sql', zone: 'UTC' }, badTime],
    ['now', { format: 'unix-s' }, badTime],
  ])('%j of %j is %j', (cell, spec, expected) => {
    expect(valueUnder(cell, { type: 'time', ...spec })).toBe(expected);
  });

  test.each<[string, JsonObject, string]>([
    ['2018-02-28', {}, '2018-02-28'],
    ['2018-02-30', {}, badTime],
    ['28.02.2018', { format: 'DD.MM.YYYY' }, '2018-02-28'],
  ])('the day %j of %j is %j', (cell, spec, expected) => {
    expect(valueUnder(cell, { type: 'date', ...spec })).toBe(expected);
  });

  test.each(['unix-s', 'unix-ms', 'unix-us', 'unix-ns'])(
    'in %s is the same with a digit more that says nothing',
    (format) => {
      const digits = fc.nat(999_999_999_999_999).map(String);
      const micros = fc.nat(999_999).map((value) => `.${String(value).padStart(6, '0')}`);
      const short = fc.tuple(digits, format === 'unix-s' ? fc.oneof(fc.constant(''), micros) : fc.constant(''));
      fc.assert(
        fc.property(short, ([whole, fraction]) => {
          const longer = fraction === '' ? `${whole}.0` : `${whole}${fraction}0`;
          expect(valueUnder(whole + fraction, { type: 'time', format })).toEqual(
            valueUnder(longer, { type: 'time', format }),
          );
        }),
      );
    },
  );
});

describe('escapes', () => {
  test.each<[string, string[], JsonValue]>([
    ['a\\tb\\\\c\\nd', ['backslash'], 'a\tb\\c\nd'],
    ['\\q\\u00e5\\xc3\\xa5', ['backslash'], 'qåå'],
    ['\\x00\\x1b', ['backslash'], '\\x00\\x1b'],
    ['a\\\tb', ['backslash'], 'a\tb'],
    ['\\x09\\xc3\\xbc\\\\x41', ['hex'], '\tü\\x41'],
    ['\\xff\\x00', ['hex'], '\\xff\\x00'],
    ['\\t', ['hex'], '\\t'],
    ['"a\tb ""c"""', ['quoted'], 'a\tb "c"'],
    ['5" disk', ['quoted'], '5" disk'],
    ['"open', ['quoted'], 'legacy-columns'],
    ['"say \\"hi\\""', ['quoted', 'backslash'], 'say "hi"'],
    ['"\\"\tb\\\\"', ['quoted', 'backslash'], '"\tb\\'],
    ['"open\\"', ['quoted', 'backslash'], 'legacy-columns'],
    ['"C:\\"', ['quoted'], 'C:\\'],
    ['a%20b%C3%BC%zz%ff', ['percent'], 'a bü%zz%ff'],
    ['"a\\n%20"', ['quoted', 'backslash', 'percent'], 'a\n '],
    ['a\\tb"c"', [], 'a\\tb"c"'],
  ])('%j with %j is %j', (cell, escapes, expected) => {
    expect(valueUnder(cell, {}, { escapes })).toEqual(expected);
  });

  test('a tab in a cell is one where something else separates cells', () => {
    const mapping = mappingOf(simpleMapping({ columns: ['at', 'x'], separator: '|' }, {}, { x: 'x' }));
    expect(readAll(mapping, '1700000000|a\tb\n').records.map(resultOf)).toEqual([{ x: 'a\tb' }]);
  });

  test('a null token is one as it is written, and not what an escape means', () => {
    const format = { escapes: ['backslash'], null: ['\\N', '-'] };
    expect(valueUnder('\\N', {}, format)).toBe('nothing');
    expect(valueUnder('\\x2d', {}, format)).toBe('-');
  });

  test('an element may hold the separator of its array as an escape', () => {
    expect(valueUnder('a\\x2cb,c', { type: 'array' }, { escapes: ['hex'] })).toEqual(['a,b', 'c']);
  });
});

describe('values', () => {
  const columns = ['at', 'date', 'time', 'a', 'b', 'c'];
  const read = (data: JsonObject, line: string) => {
    const mapping = mappingOf(simpleMapping({ columns }, { b: { type: 'integer' } }, data));
    return readAll(mapping, `${line}\n`).records.map(resultOf);
  };
  const line = ['1700000000', '2018-03-24', '17:15:25', 'x', '7', ''].join('\t');

  test.each<[JsonObject, JsonValue]>([
    [
      { p: { q: { r: 'a' } }, n: 'b' },
      { p: { q: { r: 'x' } }, n: 7 },
    ],
    [{ p: { q: 'c' }, n: ['c'] }, {}],
    [{ list: ['a', 'b', 'c', { k: 'a' }] }, { list: ['x', 7, { k: 'x' }] }],
    [{ k: { $constant: { deep: [1, null] } } }, { k: { deep: [1, null] } }],
    [{ k: { $template: 'tv:{a}/{b}' } }, { k: 'tv:x/7' }],
    [{ k: { $template: 'tv:{a}/{c}' } }, {}],
    [
      { k: { $template: '{date} {time}', type: 'time', format: 'sql', zone: 'UTC' } },
      { k: '2018-03-24T17:15:25.000000Z' },
    ],
    [{ k: { $first: ['c', { $constant: null }, 'b', 'a'] } }, { k: 7 }],
    [{ k: { $column: 'b', type: 'string' } }, { k: '7' }],
    [{ k: { $column: 'a', type: 'integer' } }, 'legacy-value a'],
    [{ __proto__x: 'a' }, { __proto__x: 'x' }],
  ])('%j makes %j', (data, expected) => {
    expect(read(data, line)).toEqual([expected]);
  });
});

describe('a mapping that cannot be used says where and why', () => {
  const format = { columns: ['at', 'x'] };
  test.each<[JsonObject, string]>([
    [simpleMapping(format, { x: { type: 'text' } }, { x: 'x' }), '/events/0/data/x/type: is one of string'],
    [simpleMapping(format, { x: { typo: 1 } }), '/columns/x/typo: is no key here'],
    [simpleMapping(format, { x: { type: 'time' } }, { x: 'x' }), '/events/0/data/x: needs a "format"'],
    [simpleMapping(format, { x: { type: 'time', format: 'sql' } }, { x: 'x' }), '/events/0/data/x: needs a "zone"'],
    [
      simpleMapping(format, { x: { type: 'time', format: 'sql', zone: 'Mars' } }, { x: 'x' }),
      '/events/0/data/x/zone: is no zone',
    ],
    [
      simpleMapping(format, { x: { type: 'time', format: 'YYYY nope' } }, { x: 'x' }),
      '/events/0/data/x/format: has letters',
    ],
    [simpleMapping(format, {}, { x: 'y' }), '/format: no column is called y'],
    [simpleMapping({ columns: [] }), '/format/columns: lists the names'],
    [simpleMapping({ columns: ['at', 'at'] }), '/format/columns: has a name twice'],
    [simpleMapping({ columns: 'headers' }), '/format/columns: is "header"'],
    [simpleMapping({ ...format, separator: '"' }), '/format/separator: is one ASCII character'],
    [simpleMapping({ ...format, escapes: ['url'] }), '/format/escapes: are of'],
    [
      simpleMapping(format, { x: { type: 'integer', unit: { from: 's', to: 'MB' } } }, { x: 'x' }),
      '/events/0/data/x/unit: needs "from"',
    ],
    [
      simpleMapping(format, { x: { type: 'integer', dividedBy: 0 } }, { x: 'x' }),
      '/events/0/data/x/dividedBy: is not 0',
    ],
    [{ ...simpleMapping(format), events: [] }, ': needs "events"'],
    [
      { ...simpleMapping(format), events: [{ type: 'nope', source: 'x', time: 'x', data: {} }] },
      '/events/0/type: is <domain>',
    ],
    [
      { ...simpleMapping(format), events: [{ type: 'a.b.v1', source: 'x', time: 'x', data: {} }] },
      '/events/0/time: is a column of type "time"',
    ],
    [{ ...simpleMapping(format), events: [{ skip: 'old', type: 'a.b.v1' }] }, '/events/0/skip: leaves records out'],
    [{ ...simpleMapping(format), events: [{ when: { x: 3 }, skip: 'old' }] }, '/events/0/when/x: is a text'],
  ])('%j', (document, message) => {
    expect(problemsOf(document).join('\n')).toContain(message);
  });
});
