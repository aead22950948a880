import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plotRows } from '../../../infra/cli/plot.ts';
import { displayColumns } from '../../../shared/adapters/embedded/duckdb/format.ts';
import type { QueryRows } from '../../../shared/adapters/embedded/duckdb/query.ts';
import type { JsonValue } from '../../../shared/event/json.ts';

function result(columns: Readonly<Record<string, string>>, rows: readonly (readonly JsonValue[])[], truncated = false) {
  const named = Object.entries(columns).map(([name, type]) => ({ name, type }));
  return { kind: 'rows', columns: named, rows, truncated } satisfies QueryRows;
}

const plain = (columns: number) => ({ columns, colors: false });

describe('bars', () => {
  it('has one for each value of each column of numbers', () => {
    const rows = result({ sdk: 'VARCHAR', events: 'BIGINT', note: 'VARCHAR', share: 'DOUBLE' }, [
      ['android', 8, 'x', 0.5],
      ['ios', 3, 'y', null],
      [null, 0, 'z', 0.25],
    ]);
    expect(plotRows(rows, plain(18))).toBe(
      [
        'events',
        'android ████████ 8',
        'ios     ███ 3',
        'null     0',
        '',
        'share',
        'android ████████ 0.5',
        'ios      NULL',
        'null    ████ 0.25',
        '',
      ].join('\n'),
    );
  });

  it('counts to the eighth of a column, and draws what is below zero to the left of it', () => {
    const rows = result({ day: 'VARCHAR', change: 'HUGEINT' }, [
      ['a', '-4'],
      ['b', 4],
      ['c', 1],
    ]);
    expect(plotRows(rows, plain(13))).toBe('change\na ████ -4\nb     ████ 4\nc     █ 1\n');
    const parts = result({ a: 'VARCHAR', n: 'DOUBLE' }, [
      ['x', 8],
      ['y', 2.5],
    ]);
    expect(plotRows(parts, plain(14))).toBe('n\nx ████████ 8\ny ██▌ 2.5\n');
  });

  it('shows so many, and says that there are more', () => {
    const many = Array.from({ length: 201 }, (_, at) => [`row ${at}`, at]);
    const text = plotRows(result({ a: 'VARCHAR', n: 'INTEGER' }, many), plain(40)) ?? '';
    expect(text).toContain('row 199 ');
    expect(text).not.toContain('row 200 ');
    expect(text).toMatch(/\(the first 200 rows; there are more\)\n$/);
  });

  it('nothing in a label acts on the terminal, and colours are for who wants them', () => {
    const rows = result({ a: 'VARCHAR', n: 'INTEGER' }, [['\u001b[2J', 1]]);
    expect(plotRows(rows, plain(40))).not.toContain('\u001b');
    expect(plotRows(rows, { columns: 40, colors: true })).toContain('\u001b[36m█');
  });
});

describe('lines', () => {
  const at = (hour: number) => `2026-11-29T${String(hour).padStart(2, '0')}:00:00Z`;

  it('are drawn for times, in their order, each column with a scale of its own', () => {
    const rows = result({ hour: 'TIMESTAMP WITH TIME ZONE', events: 'BIGINT' }, [
      [at(2), 20],
      [at(0), 0],
      [at(1), 10],
    ]);
    expect(plotRows(rows, plain(26))).toBe(
      [
        'events',
        '20 │                   ⢀⠔⠊',
        '   │                ⢀⡠⠊⠁',
        '   │              ⡠⠔⠁',
        '   │           ⢀⠔⠊',
        '   │         ⡠⠒⠁',
        '   │      ⣀⠔⠉',
        '   │   ⢀⠤⠊',
        ' 0 │ ⡠⠒⠁',
        '   └ 2026-11-29 2026-11-29',
        '',
      ].join('\n'),
    );
  });

  it('are as wide as there is room, whatever the numbers', () => {
    const number = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 3, maxLength: 50 }),
        fc.integer({ min: 60, max: 120 }),
        (ns, columns) => {
          const rows = ns.map((n, hour) => [new Date(hour * 3_600_000).toISOString(), n]);
          const text = plotRows(result({ hour: 'TIMESTAMP WITH TIME ZONE', n: 'DOUBLE' }, rows), plain(columns));
          if (ns.every((n) => n === null)) return text === undefined;
          const lines = (text ?? '').trimEnd().split('\n');
          expect(lines).toHaveLength(10);
          for (const line of lines) expect(displayColumns(line)).toBeLessThanOrEqual(columns);
          return /[\u2801-\u28ff]/.test(text ?? '');
        },
      ),
    );
  });

  it('two times are bars', () => {
    const rows = result({ day: 'DATE', n: 'INTEGER' }, [
      ['2026-11-28', 1],
      ['2026-11-29', 2],
    ]);
    expect(plotRows(rows, plain(21))).toBe('n\n2026-11-28 ████ 1\n2026-11-29 ████████ 2\n');
  });
});

it('without numbers beside the first column there is nothing to plot', () => {
  expect(plotRows(result({ n: 'INTEGER' }, [[1]]), plain(40))).toBeUndefined();
  expect(plotRows(result({ a: 'VARCHAR', b: 'VARCHAR' }, [['x', '1']]), plain(40))).toBeUndefined();
  expect(plotRows(result({ a: 'VARCHAR', n: 'INTEGER' }, []), plain(40))).toBeUndefined();
});
