import { describe, expect, it } from 'vitest';
import { ensureTables } from '../../../infra/local/tables.ts';
import { makeTopology } from '../../../infra/topology.ts';
import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { alphaRow } from '../../../shared/event-types/alpha.ts';
import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import { projectPayload } from '../../../shared/event-types/project.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse, rowsOf } from './fixture.ts';

const person = { type: 'object', additionalProperties: false };
const properties: JsonObject = {
  text: { type: 'string' },
  at: { type: 'string', format: 'date-time' },
  on: { type: 'string', format: 'date' },
  count: { type: 'integer' },
  ratio: { type: 'number' },
  flag: { type: 'boolean' },
  anything: {},
  labels: { type: 'object', additionalProperties: { type: 'string' } },
  names: { type: 'array', items: { type: 'string' } },
  times: { type: 'array', items: { type: 'string', format: 'date-time' } },
  buyer: {
    ...person,
    properties: { firstName: { type: 'string' }, tags: { type: 'array', items: { type: 'integer' } } },
  },
  lines: {
    type: 'array',
    items: {
      ...person,
      properties: {
        sku: { type: 'string' },
        price: { type: 'number' },
        extra: {},
        discounts: {
          type: 'array',
          items: { ...person, properties: { code: { type: 'string' }, until: { type: 'string', format: 'date' } } },
        },
      },
    },
  },
};
const type = 'shop.order.v1';
const inStage = (stage: string, more: JsonObject = {}) =>
  eventSchema(schemaDocument({ type, properties: { ...properties, ...more }, edi: { stage } }));

/** Data of every column type, at the edges of each, and with parts missing. */
const payloads: readonly (readonly [string, JsonObject])[] = [
  ['nothing', {}],
  [
    'scalars',
    {
      text: 'it\'s "5 €"\n\\ \u0000 %',
      at: '2026-02-03T04:05:06.123456+02:00',
      on: '2024-02-29',
      count: 7,
      ratio: 0.1,
      flag: false,
    },
  ],
  ['the largest', { count: Number.MAX_SAFE_INTEGER, ratio: Number.MAX_VALUE, flag: true, at: '9999-12-31T23:59:59Z' }],
  ['the smallest', { count: Number.MIN_SAFE_INTEGER, ratio: 5e-324, text: '', at: '0001-01-01T00:00:00Z' }],
  ['a text that looks like another type', { text: '12', anything: '12', names: ['null', 'true', '1'] }],
  ['free-form', { anything: [1, 'two', { three: [null, 4.5, false] }], labels: { 'a.b"c': 'x', $: 'y' } }],
  ['free-form scalar', { anything: 1.5, labels: {} }],
  ['repeated', { names: ['b', 'a', ''], times: ['2026-01-01T00:00:00Z'], buyer: { tags: [3, 1, 2] } }],
  ['empty', { names: [], buyer: {}, lines: [] }],
  [
    'nested',
    {
      buyer: { firstName: 'Ada' },
      lines: [
        { sku: 's-1', price: 1e21, extra: { deep: ['x'] }, discounts: [{ code: 'c', until: '2026-12-31' }, {}] },
        { discounts: [] },
        {},
      ],
    },
  ],
];

describe('promotion', () => {
  it.each(payloads)('shows data of an alpha row as that of a row of its own table: %s', async (_name, data) => {
    const [alpha, beta] = [inStage('alpha'), inStage('beta')];
    const warehouse = await openTestWarehouse();
    await ensureTables(warehouse, makeTopology([alpha]));
    await write(warehouse, alpha, [row(alpha, 'early', data)]);
    await ensureTables(warehouse, makeTopology([beta]));
    await write(warehouse, beta, [row(beta, 'late', data)]);
    const rows = await rowsOf(warehouse, 'SELECT data, typeof(data) FROM events.shop_order_v1 ORDER BY event_key');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toEqual(rows[1]);
    const same = 'SELECT count(DISTINCT data) FROM events.shop_order_v1';
    expect(await rowsOf(warehouse, same)).toEqual([[1]]);
  });

  it('shows an event once that is on both sides, the copy that was received first', async () => {
    const [alpha, beta] = [inStage('alpha'), inStage('beta')];
    const warehouse = await openTestWarehouse();
    await ensureTables(warehouse, makeTopology([alpha]));
    await write(warehouse, alpha, [
      row(alpha, 'a', { count: 1 }, 1),
      row(alpha, 'a', { count: 2 }, 2),
      row(alpha, 'b', { count: 3 }, 9),
      row(alpha, 'c', { count: 4 }, 1),
    ]);
    await ensureTables(warehouse, makeTopology([beta]));
    await write(warehouse, beta, [
      row(beta, 'a', { count: 5 }, 3),
      row(beta, 'b', { count: 6 }, 5),
      row(beta, 'b', { count: 7 }, 6),
      row(beta, 'd', { count: 8 }, 1),
    ]);
    const sql = 'SELECT event_key, data.count FROM events.shop_order_v1 ORDER BY 1';
    expect(await rowsOf(warehouse, sql)).toEqual([
      ['a', 1],
      ['b', 6],
      ['c', 4],
      ['d', 8],
    ]);
    const before = "SELECT event_key, data->>'count' FROM events.alpha WHERE type = 'shop.order.v1' ORDER BY 1";
    expect(await rowsOf(warehouse, before)).toEqual([
      ['a', '1'],
      ['b', '3'],
      ['c', '4'],
    ]);
  });

  it('shows alpha rows of its own type alone, and new columns of later revisions empty in them', async () => {
    const [alpha, other] = [
      inStage('alpha'),
      eventSchema(schemaDocument({ type: 'shop.fax.v1', edi: { stage: 'alpha' } })),
    ];
    const warehouse = await openTestWarehouse();
    await ensureTables(warehouse, makeTopology([alpha, other]));
    await write(warehouse, alpha, [row(alpha, 'a', { count: 1 })]);
    await write(warehouse, other, [row(other, 'b', {})]);
    const later = inStage('ga', { note: { type: 'string' }, notes: { type: 'array', items: { type: 'string' } } });
    await ensureTables(warehouse, makeTopology([later, other]));
    await write(warehouse, later, [row(later, 'c', { count: 1, note: 'n' })]);
    const sql = 'SELECT event_key, data.count, data.note, data.notes FROM events.shop_order_v1 ORDER BY 1';
    expect(await rowsOf(warehouse, sql)).toEqual([
      ['a', 1, null, []],
      ['c', 1, 'n', []],
    ]);
  });

  it('shows of the lists of a replaced draft what fits, and no NULL among it, which no list in BigQuery may have', async () => {
    const list = (items: string) => ({ replaced: { type: 'array', items: { type: items } } });
    const [texts, numbers] = [inStage('alpha', list('string')), inStage('beta', list('integer'))];
    const warehouse = await openTestWarehouse();
    await ensureTables(warehouse, makeTopology([texts]));
    await write(warehouse, texts, [
      row(texts, 'a', { replaced: ['7', 'seven', '8'] }),
      row(texts, 'b', { replaced: ['seven'] }),
    ]);
    await ensureTables(warehouse, makeTopology([numbers]));
    const sql = 'SELECT event_key, data.replaced FROM events.shop_order_v1 ORDER BY 1';
    expect(await rowsOf(warehouse, sql)).toEqual([
      ['a', [7, 8]],
      ['b', []],
    ]);
  });

  it('replaces the view of a data folder from before types could be in alpha', async () => {
    const beta = inStage('beta');
    const warehouse = await openTestWarehouse();
    const [table, view] = ['events_raw', 'events'].map((schema) => ({ schema, table: 'shop_order_v1' }));
    if (table === undefined || view === undefined) throw new Error('two names');
    await warehouse.ensureTable({ ...table, columns: beta.columns });
    await warehouse.ensureExactView({ table, view, columns: beta.columns.map(({ name }) => name) });
    await write(warehouse, beta, [row(beta, 'a', { count: 1 })]);
    await ensureTables(warehouse, makeTopology([beta]));
    await write(warehouse, inStage('alpha'), [row(inStage('alpha'), 'b', { count: 2 })]);
    const sql = 'SELECT event_key, data.count FROM events.shop_order_v1 ORDER BY 1';
    expect(await rowsOf(warehouse, sql)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('spans the columns of a type without any payload', async () => {
    const [alpha, beta] = ['alpha', 'beta'].map((stage) => eventSchema(schemaDocument({ edi: { stage } })));
    if (alpha === undefined || beta === undefined) throw new Error('two stages');
    const warehouse = await openTestWarehouse();
    await ensureTables(warehouse, makeTopology([alpha]));
    await write(warehouse, alpha, [row(alpha, 'a', {})]);
    await ensureTables(warehouse, makeTopology([beta]));
    await write(warehouse, beta, [row(beta, 'b', {})]);
    expect(await rowsOf(warehouse, 'SELECT event_key FROM events.shop_order_v1 ORDER BY 1')).toEqual([['a'], ['b']]);
  });
});

async function write(warehouse: Warehouse, { edi }: EventSchema, rows: readonly JsonObject[]): Promise<void> {
  const table = { schema: 'events_raw', table: edi.stage === 'alpha' ? 'alpha' : edi.type.replaceAll('.', '_') };
  const texts = rows.map((each) => JSON.stringify(each));
  expect(await warehouse.append(table, texts)).toEqual(rows.map(() => ({ kind: 'inserted' })));
}

function row({ edi, payload }: EventSchema, key: string, data: JsonObject, receivedSeconds = 0): JsonObject {
  const { row: record } = projectPayload(payload, data, { realm: 'customer', subject: 'c' });
  const own = {
    event_key: key,
    event_time: '2026-01-02T03:04:05.000006Z',
    received_time: `2026-01-02T03:05:0${receivedSeconds}Z`,
    source: 's',
    sdk: 'web',
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    ...(payload.columns.length > 0 ? { data: record } : {}),
  };
  return edi.stage === 'alpha' ? alphaRow(edi.type, payload, own) : own;
}
