import fc from 'fast-check';
import type { JsonObject } from '../../shared/event/json.ts';

/* What cells of legacy files can be: as they should be, nearly, and not at all. */

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
  ...['exact', 'nearest', 'down', 'up'].map((round) => ({ type, round, dividedBy: 2 })),
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
const jsons: readonly JsonObject[] = [
  { type: 'json' },
  ...['', '/a', '/a/b', '/a/0', '/é', '/a~1b', '/__proto__', '/length', '/-1', '/0'].map((pointer) => ({
    type: 'json',
    pointer,
  })),
];
/** What a mapping can say of a column. */
export const specs = [...times, ...numbers, ...texts, ...others, ...jsons];

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
      '{"a":{"b":"x"},"a":{}}',
      '{"a":{"b":1},"a":2}',
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
const day = fc.constantFrom('2026-02-28', '2026-02-29', '2024-02-29', '28.02.2026', '2026-13-01', '2026-1-01', 'x');
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
const list = fc.array(odd, { maxLength: 4 }).map((all) => all.join('|'));
const isCell = (text: string) => text.isWellFormed() && !/[\t\n\0]/.test(text);
/** Without separators and line ends. */
export const cell = fc
  .oneof(odd, number, clock, json, day, list, fc.string({ unit: 'binary', maxLength: 20 }))
  .filter(isCell);

const short = fc.tuple(fc.nat(60), fc.constantFrom('', '.5', '.25', '.125')).map(([whole, end]) => `${whole}${end}`);
const rightClock = fc
  .tuple(
    fc.constantFrom('2026-03-29', '2024-02-29', '1969-12-31'),
    fc.constantFrom(' ', 'T'),
    fc.constantFrom('02:30:00', '12:34:60', '12:60:00', '24:00:00', '23:59:59'),
    fc.constantFrom('', '.123', '.654321'),
  )
  .map((parts) => parts.join(''));

/** Columns with cells that are mostly such as they should be, of each kind. */
export const ownCells = fc
  .constantFrom<readonly [readonly JsonObject[], fc.Arbitrary<string>]>(
    [times, fc.oneof(rightClock, clock, number, short)],
    [numbers, fc.oneof(short, number)],
    [texts, odd],
    [others, fc.oneof(odd, day, list)],
    [jsons, json],
  )
  .chain(([all, own]) =>
    fc.record({ c: fc.constantFrom(...all), cells: fc.array(own.filter(isCell), { maxLength: 16 }) }),
  );
