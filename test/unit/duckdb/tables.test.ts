import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openReadOnlyFile } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse, type Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import type { Column } from '../../../shared/event-types/column.ts';
import { fillSample, openSampleWarehouse, openTestWarehouse, rowsOf } from './fixture.ts';
import { column, eventColumns, eventRow, eventTable } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const table = { schema: 'events_raw', table: 't' };

const before: readonly Column[] = [
  column('id', 'INT64', { mode: 'REQUIRED' }),
  column('data', 'RECORD', {
    fields: [column('a', 'STRING'), column('items', 'RECORD', { mode: 'REPEATED', fields: [column('x', 'INT64')] })],
  }),
];

const after: readonly Column[] = [
  column('tags', 'STRING', { mode: 'REPEATED' }),
  column('id', 'INT64'),
  column('data', 'RECORD', {
    fields: [
      column('items', 'RECORD', {
        mode: 'REPEATED',
        fields: [column('y', 'JSON'), column('x', 'INT64'), column('in', 'RECORD', { fields: [column('z', 'DATE')] })],
      }),
      column('a', 'STRING'),
      column('b', 'FLOAT64'),
    ],
  }),
  column('note', 'STRING'),
];

async function openWithRow(path?: string): Promise<Warehouse> {
  const warehouse = await openTestWarehouse(path);
  await warehouse.ensureTable({ ...table, columns: before });
  await warehouse.append(table, ['{"id":1,"data":{"a":"x","items":[{"x":7}]}}', '{"id":2}']);
  return warehouse;
}

describe('ensureTable', () => {
  it('adds columns and nested fields, keeps every row, and can be repeated', async () => {
    const warehouse = await openWithRow();
    expect(await warehouse.ensureTable({ ...table, columns: before })).toEqual({ kind: 'unchanged' });
    expect(await warehouse.ensureTable({ ...table, columns: after })).toEqual({ kind: 'widened' });
    expect(await warehouse.ensureTable({ ...table, columns: after })).toEqual({ kind: 'unchanged' });
    const outcomes = await warehouse.append(table, ['{"note":"n","data":{"items":[{"in":{"z":"2026-01-02"}}]}}']);
    expect(outcomes).toEqual([{ kind: 'inserted' }]);
    expect(await rowsOf(warehouse, 'SELECT id, tags, data, note FROM events_raw.t ORDER BY id')).toEqual([
      [1, [], { items: [{ y: null, x: 7, in: null }], a: 'x', b: null }, null],
      [2, [], null, null],
      [null, [], { items: [{ y: null, x: null, in: { z: '2026-01-02' } }], a: null, b: null }, 'n'],
    ]);
  });

  it('keeps a view of the table usable', async () => {
    const warehouse = await openSampleWarehouse();
    const data = column('data', 'RECORD', { fields: [column('number', 'INT64'), column('more', 'STRING')] });
    await warehouse.ensureTable({ ...eventTable, columns: [...eventColumns.slice(0, -1), data] });
    expect(await rowsOf(warehouse, 'SELECT data.number FROM events.shop_sale_v1 ORDER BY 1')).toEqual([[2], [3]]);
  });

  it.each<[string, readonly Column[], string]>([
    ['drops a column', before.slice(0, 1), 'column data is in the table but not declared: columns are never dropped'],
    [
      'drops a field',
      [column('id', 'INT64'), column('data', 'RECORD', { fields: [column('a', 'STRING')] })],
      'column data.items is in the table but not declared: columns are never dropped',
    ],
    [
      'retypes a column',
      [column('id', 'STRING'), ...before.slice(1)],
      'column id is BIGINT in the table and cannot become VARCHAR',
    ],
    [
      'retypes STRING as JSON in a RECORD',
      [
        column('id', 'INT64'),
        column('data', 'RECORD', { fields: [column('a', 'JSON'), ...(before[1]?.fields ?? []).slice(1)] }),
      ],
      'column data.a is VARCHAR in the table and cannot become JSON',
    ],
    [
      'repeats a column',
      [column('id', 'INT64', { mode: 'REPEATED' }), ...before.slice(1)],
      'column id is BIGINT in the table and cannot become BIGINT[]',
    ],
    [
      'adds a REQUIRED column',
      [...before, column('new', 'INT64', { mode: 'REQUIRED' })],
      'column new is new and REQUIRED, but a table that exists only gains NULLABLE and REPEATED columns',
    ],
  ])('refuses a change that %s, and changes nothing', async (_, columns, reason) => {
    const warehouse = await openWithRow();
    const description = await rowsOf(warehouse, 'DESCRIBE events_raw.t');
    expect(await warehouse.ensureTable({ ...table, columns })).toEqual({ kind: 'refused', reason });
    expect(await rowsOf(warehouse, 'DESCRIBE events_raw.t')).toEqual(description);
    expect(await warehouse.append(table, ['{"id":3}'])).toEqual([{ kind: 'inserted' }]);
  });

  it('renews a table that loses and retypes columns where that is wanted, and keeps of each row what fits', async () => {
    const path = join(temporaryFolder(), 'edi.duckdb');
    const columns = [
      column('id', 'INT64', { mode: 'REQUIRED' }),
      column('data', 'RECORD', {
        fields: [
          column('a', 'INT64'),
          column('items', 'RECORD', { mode: 'REPEATED', fields: [column('x', 'STRING'), column('y', 'STRING')] }),
          column('tags', 'STRING', { mode: 'REPEATED' }),
        ],
      }),
      column('note', 'STRING'),
    ];
    const warehouse = await openWithRow(path);
    await warehouse.append(table, ['{"id":3,"data":{"a":"12","items":[]}}']);
    const renewed = { ...table, columns };
    expect((await warehouse.ensureTable(renewed)).kind).toBe('refused');
    expect(await warehouse.ensureTable(renewed, { renew: true })).toEqual({ kind: 'renewed' });
    expect(await warehouse.ensureTable(renewed)).toEqual({ kind: 'unchanged' });
    await warehouse.append(table, ['{"id":4,"data":{"a":5,"tags":["t"]},"note":"n"}']);
    const rows = [
      [1, { a: null, items: [{ x: '7', y: null }], tags: [] }, null],
      [2, null, null],
      [3, { a: 12, items: [], tags: [] }, null],
      [4, { a: 5, items: [], tags: ['t'] }, 'n'],
    ];
    expect(await rowsOf(warehouse, 'SELECT * FROM events_raw.t ORDER BY id')).toEqual(rows);
    await warehouse.close();
    const again = await openTestWarehouse(path);
    expect(await rowsOf(again, 'SELECT * FROM events_raw.t ORDER BY id')).toEqual(rows);
  });

  it('only widens a table that would lose nothing, wanted or not', async () => {
    const warehouse = await openWithRow();
    expect(await warehouse.ensureTable({ ...table, columns: after }, { renew: true })).toEqual({ kind: 'widened' });
  });

  it('refuses to make a NULLABLE column REQUIRED', async () => {
    const warehouse = await openTestWarehouse();
    await warehouse.ensureTable({ ...table, columns: [column('a', 'JSON')] });
    expect(await warehouse.ensureTable({ ...table, columns: [column('a', 'JSON', { mode: 'REQUIRED' })] })).toEqual({
      kind: 'refused',
      reason: 'column a is NULLABLE in the table and cannot become REQUIRED',
    });
  });

  it('refuses columns that differ in case only', async () => {
    const warehouse = await openTestWarehouse();
    const outcome = await warehouse.ensureTable({ ...table, columns: [column('a', 'JSON'), column('A', 'JSON')] });
    expect(outcome.kind).toBe('refused');
  });

  it('knows the columns again after a restart', async () => {
    const path = join(temporaryFolder(), 'edi.duckdb');
    const first = await openWarehouse({ path });
    await first.ensureTable({ ...table, columns: after });
    await first.close();
    const second = await openTestWarehouse(path);
    expect(await second.ensureTable({ ...table, columns: after })).toEqual({ kind: 'unchanged' });
  });
});

describe('ensureExactView', () => {
  it('shows each event once, the copy that was received first', async () => {
    const warehouse = await openSampleWarehouse();
    const sql = 'SELECT event_key, data.number, event_time FROM events.shop_sale_v1 ORDER BY 1';
    expect(await rowsOf(warehouse, sql)).toEqual([
      ['a', 2, '2026-01-02T03:04:05.000006Z'],
      ['b', 3, '2026-01-02T03:04:05.000006Z'],
    ]);
  });

  it('shows a replayed copy only where there is no other, whichever was received first', async () => {
    const warehouse = await openSampleWarehouse();
    await warehouse.append(eventTable, [
      eventRow('a', 4, 0, true),
      eventRow('c', 5, 0, true),
      eventRow('c', 6, 9),
      eventRow('d', 7, 0, true),
      eventRow('d', 8, 5, false),
      eventRow('e', 9, 3, true),
      eventRow('e', 10, 2, true),
    ]);
    const sql = 'SELECT event_key, data.number FROM events.shop_sale_v1 ORDER BY 1';
    expect(await rowsOf(warehouse, sql)).toEqual([
      ['a', 2],
      ['b', 3],
      ['c', 6],
      ['d', 8],
      ['e', 10],
    ]);
  });

  it('counts rows from before there was the column replayed as accepted at once', async () => {
    const warehouse = await openTestWarehouse();
    const earlier = eventColumns.filter(({ name }) => name !== 'replayed');
    await warehouse.ensureTable({ ...eventTable, columns: earlier });
    await warehouse.append(eventTable, [eventRow('a', 1, 9)]);
    await fillSample(warehouse);
    await warehouse.append(eventTable, [eventRow('a', 3, 0, true), eventRow('c', 4, 0, true)]);
    const sql = "SELECT data.number, replayed FROM events.shop_sale_v1 WHERE event_key IN ('a', 'c') ORDER BY 1";
    expect(await rowsOf(warehouse, sql)).toEqual([
      [2, null],
      [4, true],
    ]);
  });

  it('is refused for a column that the table does not have', async () => {
    const warehouse = await openSampleWarehouse();
    const view = { schema: 'events', table: 'x' };
    const outcome = await warehouse.ensureExactView({ table: eventTable, view, columns: ['nope'] });
    expect(outcome.kind).toBe('refused');
  });
});

describe('the file', () => {
  it('is readable by its user only, and so is its log', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'edi.duckdb');
    writeFileSync(join(folder, 'other'), '', { mode: 0o644 });
    await openSampleWarehouse(path);
    const modes = readdirSync(folder)
      .filter((name) => name !== 'other')
      .map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);
    expect(modes).toEqual([
      ['edi.duckdb', '600'],
      ['edi.duckdb.wal', '600'],
    ]);
  });

  it('may not be named as a schema, since DuckDB could not tell them apart', async () => {
    const warehouse = await openTestWarehouse(join(temporaryFolder(), 'events_raw.duckdb'));
    const outcome = await warehouse.ensureTable({ ...table, columns: before });
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('must not be called "events_raw"'),
    });
  });

  it('is not opened twice', async () => {
    const path = join(temporaryFolder(), 'edi.duckdb');
    const warehouse = await openWarehouse({ path });
    await expect(openWarehouse({ path })).rejects.toMatchObject({ name: 'Unavailable' });
    expect(await openReadOnlyFile(path)).toMatchObject({ kind: 'held' });
    await warehouse.close();
    const file = await openReadOnlyFile(path);
    expect(file.kind).toBe('opened');
    if (file.kind === 'opened') await file.close();
  });

  it('is missing, or no database', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'text.duckdb'), 'no database at all');
    mkdirSync(join(folder, 'folder.duckdb'));
    expect(await openReadOnlyFile(join(folder, 'none.duckdb'))).toEqual({ kind: 'missing' });
    expect(await openReadOnlyFile(join(folder, 'none', 'none.duckdb'))).toEqual({ kind: 'missing' });
    expect(await openReadOnlyFile(join(folder, 'text.duckdb'))).toMatchObject({ kind: 'unusable' });
    expect(await openReadOnlyFile(join(folder, 'folder.duckdb'))).toMatchObject({ kind: 'unusable' });
    expect(readdirSync(folder).sort()).toEqual(['folder.duckdb', 'text.duckdb']);
    await expect(openWarehouse({ path: join(folder, 'none', 'x.duckdb') })).rejects.toMatchObject({
      name: 'Unavailable',
    });
  });
});
