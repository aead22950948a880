import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayColumns, formatRows } from '../../../shared/adapters/embedded/duckdb/format.ts';
import type { QueryRows } from '../../../shared/adapters/embedded/duckdb/query.ts';
import type { JsonValue } from '../../../shared/event/json.ts';

function result(names: readonly string[], rows: readonly (readonly JsonValue[])[], truncated = false): QueryRows {
  return { kind: 'rows', columns: names.map((name) => ({ name, type: 'VARCHAR' })), rows, truncated };
}

/** Reads RFC 4180. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    records.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') records.push([]);
    if (pattern.lastIndex === text.length) break;
  }
  return records.slice(0, -1);
}

/** Characters that act on a terminal, other than the line break at the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

describe('table', () => {
  it('aligns text left and numbers right', () => {
    expect(
      formatRows(
        result(
          ['name', 'n'],
          [
            ['a', 1],
            ['bcdef', 200],
            [null, null],
          ],
        ),
        'table',
      ),
    ).toBe(['name  |    n', '------+-----', 'a     |    1', 'bcdef |  200', 'NULL  | NULL', '(3 rows)', ''].join('\n'));
  });

  it('counts wide, combining and emoji characters as terminals draw them', () => {
    const rows = ['日本', 'e\u0301', '👩‍👩‍👧', '한국어', 'ｶﾅ', 'Ａ'].map((text) => [text, '.']);
    expect(formatRows(result(['w', 'x'], rows), 'table')).toBe(
      [
        'w      | x',
        '-------+--',
        '日本   | .',
        'e\u0301      | .',
        '👩‍👩‍👧     | .',
        '한국어 | .',
        'ｶﾅ     | .',
        'Ａ     | .',
        '(6 rows)',
        '',
      ].join('\n'),
    );
  });

  it('shows control characters instead of obeying them, in names too', () => {
    const hostile = 'a\u001b[2J\u009b31m\u0000\r\n\u202eb\ud800';
    const text = formatRows(result([hostile], [[hostile]]), 'table', { maxCellColumns: 100 });
    expect(text).toContain('a\\u001b[2J\\u009b31m\\u0000\\r\\n\\u202eb\\ud800');
    expect(text).not.toMatch(acting);
  });

  it('cuts long cells, also in the middle of wide characters, and says when rows are missing', () => {
    const rows = [['abcdef'], ['日本語'], ['abcde'], ['x'.repeat(1_000_000)]];
    expect(formatRows(result(['c'], rows, true), 'table', { maxCellColumns: 5 })).toBe(
      ['c', '-----', 'abcd…', '日本…', 'abcde', 'xxxx…', '(the first 4 rows; there are more)', ''].join('\n'),
    );
  });

  it('shows nested values as JSON, and no rows as none', () => {
    expect(formatRows(result(['c'], [[{ a: ['\n'] }], [true]]), 'table')).toBe(
      'c\n------------\n{"a":["\\n"]}\ntrue\n(2 rows)\n',
    );
    expect(formatRows(result(['c'], []), 'table')).toBe('c\n-\n(0 rows)\n');
  });
});

describe('table in a terminal', () => {
  const wide = result(['key', 'text'], [['a', 'x'.repeat(30)]]);

  it('is as it is where it fits', () => {
    expect(formatRows(wide, 'table', { terminalColumns: 36 })).toBe(
      `key | text\n----+-${'-'.repeat(30)}\na   | ${'x'.repeat(30)}\n(1 row)\n`,
    );
  });

  it('cuts the widest cells until it fits', () => {
    expect(formatRows(wide, 'table', { terminalColumns: 30 })).toBe(
      `key | text\n----+-${'-'.repeat(24)}\na   | ${'x'.repeat(23)}…\n(1 row)\n`,
    );
  });

  it('becomes a block a row where little would be left of its cells, and cuts nothing', () => {
    const many = result(
      ['key', 'one', 'two'],
      [
        [1, 'x'.repeat(30), 'y'.repeat(30)],
        [2, null, 'z'.repeat(30)],
      ],
    );
    expect(formatRows(many, 'table', { terminalColumns: 34 })).toBe(
      [
        `-[ 1 ]${'-'.repeat(28)}`,
        'key | 1',
        `one | ${'x'.repeat(30)}`,
        `two | ${'y'.repeat(30)}`,
        `-[ 2 ]${'-'.repeat(28)}`,
        'key | 2',
        'one | NULL',
        `two | ${'z'.repeat(30)}`,
        '(2 rows)',
        '',
      ].join('\n'),
    );
  });

  it('has no line that is wider than the terminal, unless a value is, and loses no value', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 120 }),
        (rows, terminalColumns) => {
          const shown = formatRows(result(['a', 'b', 'c'], rows), 'table', { terminalColumns });
          const lines = shown.split('\n');
          if (!shown.startsWith('-[')) {
            for (const line of lines.slice(0, -2)) expect(displayColumns(line)).toBeLessThanOrEqual(terminalColumns);
          } else expect(lines).toHaveLength(rows.length * 4 + 2);
        },
      ),
    );
  });

  it('is never cut where it is read by a program, and long values make only their own lines long', () => {
    const rows = [
      ['x'.repeat(500), 1],
      ['y', 2],
    ];
    expect(formatRows(result(['a', 'b'], rows), 'table', { maxCellColumns: Infinity }).split('\n')).toEqual([
      `a${' '.repeat(59)} | b`,
      `${'-'.repeat(60)}-+--`,
      `${'x'.repeat(500)} | 1`,
      `y${' '.repeat(59)} | 2`,
      '(2 rows)',
      '',
    ]);
  });
});

describe('json', () => {
  it('is one array of objects', () => {
    const rows = [
      [1, null],
      [{ a: 'é' }, ['x']],
    ];
    expect(JSON.parse(formatRows(result(['a', '__proto__'], rows), 'json'))).toEqual([
      JSON.parse('{"a":1,"__proto__":null}'),
      JSON.parse('{"a":{"a":"é"},"__proto__":["x"]}'),
    ]);
    expect(formatRows(result(['a'], []), 'json')).toBe('[]\n');
  });

  it('gives any value back, and never acts on a terminal', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ stringUnit: 'binary' })), (values) => {
        const text = formatRows(
          result(
            ['v'],
            values.map((value) => [value as JsonValue]),
          ),
          'json',
        );
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(values.map((v) => ({ v })))));
        expect(text).not.toMatch(acting);
      }),
    );
  });
});

describe('csv', () => {
  it('follows RFC 4180', () => {
    const rows = [
      ['a,b', 'say "hi"', 'two\nlines', '=1+1'],
      [null, '', 1.5, { a: 1 }],
    ];
    expect(formatRows(result(['a', 'b,c', 'd', 'e'], rows), 'csv')).toBe(
      'a,"b,c",d,e\r\n"a,b","say ""hi""","two\nlines",=1+1\r\n,"",1.5,"{""a"":1}"\r\n',
    );
  });

  it('gives any text back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))), (rows) => {
        expect(parseCsv(formatRows(result(['a', 'b'], rows), 'csv'))).toEqual([['a', 'b'], ...rows]);
      }),
    );
  });
});
