import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { LegacyMapping } from '../../../shared/legacy/mapping.ts';
import { expectEqual } from '../../helpers/expect-equal.ts';
import { mappingOf, readAll } from '../../helpers/legacy.ts';
import { cell, ownCells, specs } from '../../helpers/legacy-cells.ts';

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
  expectEqual(read, readAsTexts(mapping, lines, maxRecordBytes));
}

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
  // More properties, and longer constants, than are written out.
  Object.fromEntries(
    Array.from({ length: 70 }, (_, at) => [
      `p${at}`,
      at % 3 === 0 ? { $constant: 'é'.repeat(at) } : at % 3 === 1 ? 'c' : 'd',
    ]),
  ),
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
      { numRuns: 1_000 },
    );
  });

  test('of any column', () => {
    fc.assert(
      fc.property(ownCells, format, ({ c, cells }, own) => {
        const mapping = mappingOf(documentOf({ ...own, columns: ['kind', 'at', 'c'] }, { c }, {}, { c: 'c' }));
        const all = cells.map((text) => `a\t1\t${text}`);
        expectSame(mapping, ['a\t1\ta', ...all, ...all]);
      }),
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
