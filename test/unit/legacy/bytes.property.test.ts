import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { LegacyMapping } from '../../../shared/legacy/mapping.ts';
import { mappingOf, readAll } from '../../helpers/legacy.ts';

/*
 * Lines that come together are read from bytes to bytes, where nothing about them is rare; a line that comes in two pieces
 * is read as text. Whatever a mapping and a record say, both say the same.
 */

/** Every line is cut in two, so that each is read as text. */
function readAsTexts(mapping: LegacyMapping, lines: readonly string[], maxRecordBytes: number) {
  const cuts: number[] = [];
  let start = 0;
  for (const line of lines) {
    // Before its end at the latest, so that no piece holds a whole line.
    cuts.push(start + Buffer.byteLength(line));
    start += Buffer.byteLength(line) + 1;
  }
  return readAll(mapping, lines.map((line) => `${line}\n`).join(''), { cuts, maxRecordBytes });
}

function expectSame(mapping: LegacyMapping, lines: readonly string[], maxRecordBytes = 65_536): void {
  const read = readAll(mapping, lines.map((line) => `${line}\n`).join(''), { maxRecordBytes });
  expect(read).toEqual(readAsTexts(mapping, lines, maxRecordBytes));
}

const times: readonly JsonObject[] = [
  ...['unix-s', 'unix-ms', 'unix-us', 'unix-ns', 'rfc3339', 'filetime'].map((format) => ({ type: 'time', format })),
  ...['sql', 'iso', 'compact', 'ctime'].flatMap((format) =>
    ['UTC', '+05:30', 'Europe/Stockholm', 'America/Sao_Paulo'].map((zone) => ({ type: 'time', format, zone })),
  ),
  { type: 'time', format: 'iso', zone: 'UTC', case: 'lower' },
];
const numbers: readonly JsonObject[] = ['integer', 'number'].flatMap((type) => [
  { type },
  { type, round: 'nearest' },
  ...['exact', 'nearest', 'down', 'up'].map((round) => ({ type, round, unit: { from: 's', to: 'ms' } })),
  ...['exact', 'nearest', 'down', 'up'].map((round) => ({ type, round, times: 3, dividedBy: 7 })),
  { type, unit: { from: 'percent', to: 'fraction' } },
  { type, times: 1_000_000, round: 'down' },
  { type, plus: 5, round: 'up' },
  { type, times: 0.5, round: 'down' },
  { type, decimal: ',', thousands: '.' },
  { type, trim: true },
]);
const texts: readonly JsonObject[] = [
  {},
  { trim: true },
  { case: 'upper' },
  { null: ['-', 'é'] },
  { null: [] },
  { empty: ['(empty)', ''] },
  { default: 'nöne' },
  { default: { a: [1] }, null: ['a'] },
  { enum: { a: 'b', '1': 2, ü: 'ü', x: null } },
  { enum: { a: 'sehr lange, "', é: { a: 1 } }, otherwise: 'keep' },
  { enum: { a: '' }, otherwise: 'leave-out' },
  { enum: { a: true }, otherwise: { $constant: 'ö' } },
  { type: 'integer', enum: { a: 1 }, otherwise: 'keep' },
];
const others: readonly JsonObject[] = [
  { type: 'boolean' },
  { type: 'boolean', true: ['1', 'é', '\\N'], false: ['0', ''] },
  { type: 'date' },
  { type: 'date', format: 'DD.MM.YYYY' },
  { type: 'json' },
  ...['', '/a', '/a/b', '/a/0', '/é', '/a~1b', '/__proto__', '/length', '/-1', '/0'].map((pointer) => ({
    type: 'json',
    pointer,
  })),
  { type: 'array' },
  { type: 'array', separator: '|' },
  { type: 'array', separator: ', ' },
  { type: 'array', separator: 'é' },
  { type: 'array', empty: ['(empty)'], null: ['-'] },
  { type: 'array', separator: '|', items: { null: ['', '-'] } },
  { type: 'array', separator: '|', items: { type: 'integer', empty: ['x'] } },
  { type: 'array', items: { trim: true, case: 'upper' } },
  { type: 'array', default: [] },
];
const specs = [...times, ...numbers, ...texts, ...others];

const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength });
const number = fc
  .tuple(
    fc.constantFrom('', '', '', '-', '+'),
    digits(20),
    fc.constantFrom('', '', '.', ',', '.0'),
    digits(9),
    fc.constantFrom('', '', '', 'e5', 'E-3', ' '),
  )
  .map(([sign, whole, sep, fraction, end]) => `${sign}${whole}${sep === '' ? '' : sep + fraction}${end}`);
const clock = fc
  .tuple(
    fc.constantFrom('2026', '1969', '0001', '9999', '0000', '2024', '20x6'),
    fc.constantFrom('01', '02', '03', '10', '12', '13', '00'),
    fc.constantFrom('01', '28', '29', '30', '31', '32', '00'),
    fc.constantFrom(' ', 'T', 't', '_'),
    fc.constantFrom('00:00:00', '23:59:59', '02:30:00', '12:34:60', '24:00:00', '12:60:00', '12-34-56'),
    fc.constantFrom('', '.5', '.123', '.123456', '.1234567', ',123', '.12x', 'Z', '.000001Z', '+01:00'),
  )
  .map(([year, month, day, between, time, end]) => `${year}-${month}-${day}${between}${time}${end}`);
const jsonText = fc
  .tuple(fc.json({ maxDepth: 3 }), fc.constantFrom('a', 'b', 'é', 'a/b', '__proto__', '0'), fc.boolean())
  .map(([value, key, isInner]) => (isInner ? `{"${key}":${value}}` : value));
const json = fc.oneof(
  jsonText,
  fc.constantFrom(
    ...[
      '{"a":1,"a":2}',
      '{"a":{"b":"x"},"a":{"b":"y"}}',
      '{"a":{"b":"\\u00e9"}}',
      '{ "a" : 1.0 }',
      '{"a":1e400}',
      '{"a":-0}',
      '{"a":01}',
    ],
    ...[
      '{"a":12345678901234567890}',
      '{"a":1E2}',
      '{"a":"x"',
      '{"a":"x"}}',
      '{"a":tru}',
      '{"a":true}',
      '{"a":null}',
      '{"a":[1,"x"]}',
      '{"a":{}}',
    ],
    ...[
      '{"\\u0061":1}',
      '{"a":{"b":{"b":1}}}',
      '{"b":{"a":1},"a":{"c":0,"b":"ü"}}',
      '[]',
      '[{"a":1}]',
      '{"a":"x",}',
      '{"a":"","":1}',
      '{"a":5}x',
    ],
  ),
);
const odd = fc.constantFrom(
  ...[
    '',
    '-',
    'a',
    '1',
    'é',
    'ü',
    '日本',
    '😀',
    '\u007f',
    '\\N',
    '\\',
    '\\\\',
    '\\t',
    '\\u00e9',
    '\\ud800',
    '\\x41',
    '\\xff',
    '%41',
    '%',
    '"',
    '"a"',
    'a"b',
    '"a',
    '""',
  ],
  ...[
    '(empty)',
    'a|b',
    'a,b',
    '|',
    'a||b',
    '-|a',
    'é|ü',
    'a, b',
    ' a ',
    '\u0001',
    'a\rb',
    '\ufeff',
    '#a',
    'kind',
    'true',
    'F',
    'x'.repeat(70),
    '1'.repeat(30),
    'é'.repeat(40),
  ],
);
const cell = fc
  .oneof(
    odd,
    number,
    clock,
    json,
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(odd, { maxLength: 4 }).map((all) => all.join('|')),
  )
  .filter((text) => text.isWellFormed() && !/[\t\n\0]/.test(text));

const values: readonly JsonValue[] = [
  { v: 'c' },
  { v: { $column: 'c', type: 'string' }, é: { $constant: 'ö' } },
  { v: { $template: 'é"{c}-{d}' }, w: { $template: '{c}' } },
  { v: { $template: '{c}', type: 'integer', default: 0 } },
  { v: { $template: '{d}{c}', default: 'none' } },
  { v: { $first: ['c', 'd', { $constant: 1 }] } },
  { v: ['c', 'd', ['c'], { x: 'c' }] },
  { v: [], w: [[]], x: {}, y: { $constant: null }, z: { a: { b: 'c', c: 'd' }, d: {} } },
  {
    a: { $column: 'c', type: 'json', pointer: '/a' },
    b: { $column: 'c', type: 'json', pointer: '/a/b' },
    c: 'c',
    d: 'd',
  },
  { $columns: {} },
];

const format = fc.record({
  escapes: fc.subarray(['backslash', 'hex', 'quoted', 'percent']),
  null: fc.constantFrom<string[]>(['\\N', ''], [''], ['-'], [], ['é', 'longer than that']),
  missingColumns: fc.constantFrom('refuse', 'null'),
  extraColumns: fc.constantFrom('refuse', 'ignore'),
});

function documentOf(own: JsonObject, columns: JsonObject, more: JsonObject, data: JsonValue): JsonObject {
  const event = { type: 'shop.order.v1', source: { $constant: 'tïll' }, time: 'at', ...more, data };
  return {
    description: 'Tills',
    owner: 'team',
    format: own,
    columns: { at: { type: 'time', format: 'unix-s' }, ...columns },
    events: [
      { when: { kind: ['skip', 'é'] }, skip: 'of no use' },
      { when: { kind: { not: ['odd', null] } }, ...event },
    ],
  };
}

const kind = fc.constantFrom('a', 'a', 'a', 'a', 'skip', 'é', 'odd', '', '\\x61', '"skip"', '-');
const at = fc.constantFrom('1', '1', '1', '1.500000', '-1', '', 'x', '99999999999999');
const lines = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.tuple(kind, at, cell, cell).map((cells) => cells.join('\t')) },
    { weight: 1, arbitrary: fc.array(cell, { maxLength: 6 }).map((cells) => cells.join('\t')) },
    { weight: 1, arbitrary: fc.tuple(kind, at, cell, cell).map((cells) => `${cells.join('\t')}\r`) },
  ),
  { maxLength: 8 },
);
const attributes = fc.constantFrom<JsonObject>(
  {},
  { subject: 'c' },
  { id: 'd', subject: { $template: 's:{d}' } },
  { source: { $template: '{d}:{kind}' }, subject: 'd' },
);
const columnsOf = fc.constantFrom<JsonObject>(
  { columns: ['kind', 'at', 'c', 'd'] },
  { columns: 'header' },
  { columns: ['kind', 'at', 'c', 'd'], comment: 'a#', headerLines: 1 },
  { versions: [{ columns: ['kind', 'at', 'c'] }, { columns: ['kind', 'at', 'c', 'd'] }] },
  {
    versions: [
      { columns: ['kind', 'at', 'c', 'd'], when: { column: 'kind', is: ['a'] } },
      { columns: ['kind', 'at', 'd', 'c'] },
    ],
  },
);

/** The first of them are told twice: what is known of a layout is known after its first line. */
function withHead(all: readonly string[], head = 'kind\tat\tc\td'): readonly string[] {
  return [head, 'a\t1\ta\ta', ...all, ...all];
}

describe('a record that is read from its bytes is the one that its text is', () => {
  test('of any mapping', () => {
    fc.assert(
      fc.property(
        fc.record({
          format,
          columns: columnsOf,
          c: fc.constantFrom(...specs),
          data: fc.constantFrom(...values),
          attributes,
          lines,
        }),
        ({ format: own, columns, c, data, attributes: more, lines: all }) => {
          const mapping = mappingOf(documentOf({ ...own, ...columns }, { c }, more, data));
          expectSame(mapping, withHead(all));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('of any separator', () => {
    const separators = fc.constantFrom(',', '|', ' ', ';', '\u0001', 'a', '1', '-');
    fc.assert(
      fc.property(format, separators, fc.constantFrom(...specs), lines, (own, separator, c, all) => {
        const mapping = mappingOf(documentOf({ ...own, separator, columns: 'header' }, { c }, {}, { c: 'c', d: 'd' }));
        const separated = (line: string) => line.replaceAll(separator, '_').replaceAll('\t', separator);
        expectSame(
          mapping,
          withHead(all).map((line, index) => (index % 5 === 4 ? line : separated(line))),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('of files that describe themselves', () => {
    const types = fc.array(
      fc.constantFrom('string', 'time', 'bool', 'count', 'double', 'set[string]', 'vector[count]'),
      { minLength: 3, maxLength: 3 },
    );
    const directive = fc.constantFrom(
      '#path\té',
      '#path\tconn',
      '#unset_field\t-',
      '#unset_field\té',
      '#separator \\x09',
      '#set_separator\t|',
      '#empty_field\ta',
      '#comment',
    );
    fc.assert(
      fc.property(
        types,
        fc.array(
          fc.oneof({ weight: 1, arbitrary: directive }, { weight: 4, arbitrary: lines.map(([one = '']) => one) }),
          { maxLength: 16 },
        ),
        (types, all) => {
          const document = documentOf(
            { columns: 'directives', escapes: ['hex'], extraColumns: 'ignore' },
            {},
            {},
            { path: { $directive: 'path' }, $columns: {} },
          );
          const head = ['#fields\tkind\tat\tc\td', `#types\tstring\ttime\t${types.slice(1).join('\t')}`];
          expectSame(mappingOf(document), [...head, 'a\t1\ta\ta', ...all, ...all]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of any length', () => {
    const document = documentOf(
      { columns: ['kind', 'at', 'c', 'd'], escapes: ['backslash'] },
      {},
      {},
      { c: 'c', e: { $template: '{c}{d}' }, f: ['c', 'd', 'c'] },
    );
    const mapping = mappingOf(document);
    const long = fc
      .tuple(fc.integer({ min: 0, max: 120_000 }), fc.constantFrom('x', 'é', 'x"', '\\t', '日'))
      .map(([length, unit]) => unit.repeat(length / 2));
    fc.assert(
      fc.property(fc.array(fc.tuple(long, long), { maxLength: 5 }), (cells) => {
        const all = cells.map(([c, d]) => `a\t1\t${c}\t${d}`);
        expectSame(mapping, [...all, 'a\t1\tx\ty', ...all, 'a\t1\tx\ty', ...all], 400_000);
      }),
      { numRuns: 50 },
    );
  });
});
