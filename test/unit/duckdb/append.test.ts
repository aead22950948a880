import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { Column } from '../../../shared/event-types/column.ts';
import { openTestWarehouse, rowsOf } from './fixture.ts';
import { column, eventColumns, eventRow, eventTable } from './rows.ts';

const table = { schema: 'operations', table: 'quarantine' };
const allTypes: readonly Column[] = [
  column('id', 'INT64', { mode: 'REQUIRED' }),
  column('text', 'STRING'),
  column('real', 'FLOAT64'),
  column('yes', 'BOOL'),
  column('at', 'TIMESTAMP'),
  column('day', 'DATE'),
  column('free', 'JSON'),
  column('tags', 'STRING', { mode: 'REPEATED' }),
  column('frees', 'JSON', { mode: 'REPEATED' }),
  column('order by', 'RECORD', {
    fields: [
      column('select', 'STRING', { mode: 'REQUIRED' }),
      column('lines', 'RECORD', {
        mode: 'REPEATED',
        fields: [
          column('n', 'INT64'),
          column('deep', 'RECORD', { fields: [column('x', 'JSON'), column('d', 'DATE')] }),
        ],
      }),
    ],
  }),
];

async function openAllTypes() {
  const warehouse = await openTestWarehouse();
  expect(await warehouse.ensureTable({ ...table, columns: allTypes })).toEqual({ kind: 'created' });
  return warehouse;
}

async function reasonOf(row: JsonValue | Uint8Array): Promise<string> {
  const warehouse = await openAllTypes();
  const neighbour = JSON.stringify({ id: 1 });
  const text = row instanceof Uint8Array ? row : JSON.stringify(row);
  const outcomes = await warehouse.append(table, [Buffer.from(neighbour), text, neighbour].map(asBytes));
  expect(await rowsOf(warehouse, 'SELECT id FROM operations.quarantine')).toEqual([[1], [1]]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['inserted', 'refused', 'inserted']);
  const [, outcome] = outcomes;
  return outcome?.kind === 'refused' ? outcome.reason : '';
}

function asBytes(row: string | Uint8Array): Uint8Array {
  return typeof row === 'string' ? Buffer.from(row) : row;
}

describe('append keeps values exactly', () => {
  it.each<[string, string, JsonValue, JsonValue]>([
    ['text', 'unicode', 'žluťoučký 🐎 𝒳 \u202e', 'žluťoučký 🐎 𝒳 \u202e'],
    ['text', 'NUL and controls', 'a\u0000b\u001b[31m\r\n', 'a\u0000b\u001b[31m\r\n'],
    ['text', 'quotes', `'"\\'';--`, `'"\\'';--`],
    ['text', 'the empty string', '', ''],
    ['id', '2^53 - 1', 9_007_199_254_740_991, 9_007_199_254_740_991],
    ['id', 'the largest INT64', '9223372036854775807', '9223372036854775807'],
    ['id', 'the smallest INT64', '-9223372036854775808', '-9223372036854775808'],
    ['real', '1e308', 1e308, 1e308],
    ['real', 'the smallest double', 5e-324, 5e-324],
    ['real', 'an integer', 3, 3],
    ['at', 'microseconds', '2026-01-02T03:04:05.123456Z', '2026-01-02T03:04:05.123456Z'],
    ['at', 'before the epoch', '1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['at', 'an offset', '2026-01-02 03:04:05+05:30', '2026-01-01T21:34:05.000000Z'],
    ['at', 'the first instant', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['at', 'the last instant', '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['day', 'a leap day', '2024-02-29', '2024-02-29'],
    ['yes', 'false', false, false],
    ['tags', 'an empty array', [], []],
    ['tags', 'an absent array', null, []],
    ['free', 'an empty object', '{}', {}],
    ['free', 'JSON null', 'null', null],
    ['frees', 'JSON texts', ['[1,{"a":"\\u0000"}]', '"x"'], [[1, { a: '\u0000' }], 'x']],
    [
      'order by',
      'nested records',
      { select: 's', lines: [{ n: 1, deep: { x: '{"k":[1]}', d: '2026-01-02' } }, {}] },
      {
        select: 's',
        lines: [
          { n: 1, deep: { x: { k: [1] }, d: '2026-01-02' } },
          { n: null, deep: null },
        ],
      },
    ],
  ])('%s: %s', async (name, _, value, expected) => {
    const warehouse = await openAllTypes();
    const outcomes = await warehouse.append(table, [JSON.stringify({ id: 1, [name]: value })]);
    expect(outcomes).toEqual([{ kind: 'inserted' }]);
    expect(await rowsOf(warehouse, `SELECT "${name}" FROM operations.quarantine`)).toEqual([[expected]]);
  });

  it('keeps JSON columns as their text, however deep', async () => {
    const warehouse = await openAllTypes();
    const deep = `${'['.repeat(5_000)} 1.50 ${']'.repeat(5_000)}`;
    await warehouse.append(table, [JSON.stringify({ id: 1, free: deep })]);
    expect(await rowsOf(warehouse, 'SELECT free::VARCHAR FROM operations.quarantine')).toEqual([[deep]]);
  });

  it('keeps any text, number and JSON', async () => {
    const warehouse = await openAllTypes();
    let id = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            text: fc.string({ unit: 'binary' }),
            real: fc.double({ noNaN: true, noDefaultInfinity: true }).map((real) => real + 0),
            free: fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value)),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        async (rows) => {
          const first = id;
          const texts = rows.map((row) => JSON.stringify({ id: id++, ...row }));
          const outcomes = await warehouse.append(table, texts);
          expect(outcomes.every(({ kind }) => kind === 'inserted')).toBe(true);
          const stored = await rowsOf(
            warehouse,
            `SELECT text, real, free::VARCHAR FROM operations.quarantine WHERE id >= ${first} ORDER BY id`,
          );
          expect(stored).toEqual(rows.map(({ text, real, free }) => [text, real, free]));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('append refuses what BigQuery refuses, and keeps the neighbours', () => {
  it.each<[string, JsonValue, string]>([
    ['an unknown property, without its name', { id: 1, 'a@example.com': 1 }, '*: a property that is no column'],
    [
      'an unknown nested property',
      { id: 1, 'order by': { select: '', lines: [{ deep: { 'a@example.com': 1 } }] } },
      'order by.lines[].deep.*: a property that is no column',
    ],
    ['__proto__', JSON.parse('{"id":1,"__proto__":{"a":1}}'), '*: a property that is no column'],
    ['a missing REQUIRED', { text: 'x' }, 'id: a REQUIRED INT64 is missing'],
    ['a null REQUIRED', { id: null }, 'id: a REQUIRED INT64 is missing'],
    ['a missing nested REQUIRED', { id: 1, 'order by': {} }, 'order by.select: a REQUIRED STRING is missing'],
    ['a fraction', { id: 1.5 }, 'id: expected INT64 as an integer within 2^53, or as a string'],
    ['an integer that lost digits', { id: 2 ** 53 }, 'id: expected INT64 as an integer within 2^53, or as a string'],
    [
      'an integer out of range',
      { id: '9223372036854775808' },
      'id: expected INT64 as an integer within 2^53, or as a string',
    ],
    ['zeros before a number', { id: '007' }, 'id: expected INT64 as an integer within 2^53, or as a string'],
    ['a number as STRING', { id: 1, text: 5 }, 'text: expected STRING as well-formed text'],
    ['a lone surrogate', { id: 1, text: '\ud800' }, 'text: expected STRING as well-formed text'],
    ['text as FLOAT64', { id: 1, real: '1' }, 'real: expected FLOAT64 as a number'],
    ['a number as BOOL', { id: 1, yes: 1 }, 'yes: expected BOOL'],
    ['a day that does not exist', { id: 1, day: '2026-02-30' }, 'day: expected DATE as YYYY-MM-DD'],
    ['JSON that is no text', { id: 1, free: { a: 1 } }, 'free: expected JSON as a string that holds JSON'],
    ['JSON that does not parse', { id: 1, free: '[1,]' }, 'free: expected JSON as a string that holds JSON'],
    ['an object as REPEATED', { id: 1, tags: {} }, 'tags: expected REPEATED STRING as an array'],
    ['null in REPEATED', { id: 1, tags: ['a', null] }, 'tags[]: null in a REPEATED column'],
    ['an array as RECORD', { id: 1, 'order by': [] }, 'order by: expected RECORD as an object'],
    ['no object', [1], 'the row is not a JSON object'],
  ])('%s', async (_, row, reason) => {
    expect(await reasonOf(row)).toBe(reason);
  });

  it.each([
    '2026-01-02',
    '2026-01-02T03:04:05',
    '2026-13-02T03:04:05Z',
    '2026-01-02T24:00:00Z',
    '2026-01-02T03:04:60Z',
    '2026-01-02T03:04:05.1234567Z',
    1_767_000_000,
  ])('TIMESTAMP %j', async (at) => {
    expect(await reasonOf({ id: 1, at })).toBe(
      'at: expected TIMESTAMP as RFC 3339 text with at most 6 fractional digits',
    );
  });

  it('bytes that are not UTF-8', async () => {
    expect(await reasonOf(Buffer.from('7b226964223a317dff', 'hex'))).toBe('the row is not JSON in UTF-8');
  });

  it('what only DuckDB notices, without showing the value', async () => {
    // A lone surrogate as an escape sequence is JSON to JavaScript and not to DuckDB.
    expect(await reasonOf({ id: 1, free: '"\\ud800"' })).toBe('a value is outside the range of its column');
  });

  it('finds every row that only DuckDB refuses', async () => {
    const warehouse = await openAllTypes();
    const bad = new Set([0, 7, 8, 63, 99]);
    const rows = Array.from({ length: 100 }, (_, id): JsonObject => ({ id, free: bad.has(id) ? '"\\ud800"' : '1' }));
    const outcomes = await warehouse.append(
      table,
      rows.map((row) => JSON.stringify(row)),
    );
    expect(outcomes.flatMap(({ kind }, id) => (kind === 'refused' ? [id] : []))).toEqual([...bad]);
    expect(await rowsOf(warehouse, 'SELECT count(*) FROM operations.quarantine')).toEqual([[95]]);
  });
});

describe('append', () => {
  it('answers in order when many calls to several tables run at once', async () => {
    const warehouse = await openTestWarehouse(':memory:', { maxBatchRows: 7, maxBatchBytes: 2_000 });
    const other = { schema: 'events_raw', table: 'other_v1' };
    await warehouse.ensureTable({ ...eventTable, columns: eventColumns });
    await warehouse.ensureTable({ ...other, columns: eventColumns });
    const calls = Array.from({ length: 40 }, (_, call) =>
      warehouse.append(call % 2 === 0 ? eventTable : other, [
        eventRow(`k${call}`, call),
        '{"event_key":1}',
        eventRow(`l${call}`, call),
      ]),
    );
    for (const outcomes of await Promise.all(calls)) {
      expect(outcomes.map(({ kind }) => kind)).toEqual(['inserted', 'refused', 'inserted']);
    }
    const counts = 'SELECT (SELECT count(*) FROM events_raw.shop_sale_v1), (SELECT count(*) FROM events_raw.other_v1)';
    expect(await rowsOf(warehouse, counts)).toEqual([[40, 40]]);
  });

  it('rejects when too much waits to be written, and takes rows again afterwards', async () => {
    const warehouse = await openTestWarehouse(':memory:', { maxQueuedBytes: 100 });
    await warehouse.ensureTable({ ...eventTable, columns: eventColumns });
    const first = warehouse.append(eventTable, [eventRow('a', 1)]);
    await expect(warehouse.append(eventTable, [eventRow('b', 2)])).rejects.toMatchObject({ name: 'Unavailable' });
    expect(await first).toEqual([{ kind: 'inserted' }]);
    expect(await warehouse.append(eventTable, [eventRow('c', 3)])).toEqual([{ kind: 'inserted' }]);
  });

  it('takes no rows at all', async () => {
    const warehouse = await openAllTypes();
    expect(await warehouse.append(table, [])).toEqual([]);
  });
});
