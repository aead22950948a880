import { expect, onTestFinished, test } from 'vitest';
import { makeLiveFeed } from '../../../infra/local/live-feed.ts';
import { makeLiveTables } from '../../../infra/local/live-tables.ts';
import { openEmbeddedStorage } from '../../../shared/adapters/embedded/storage.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { rowsOf } from '../duckdb/fixture.ts';

const [integer, text]: JsonObject[] = [{ type: 'integer' }, { type: 'string' }];
const schemaOf = (type: string, a: JsonObject = {}, stage = 'beta') =>
  eventSchema(schemaDocument({ type, properties: { a: { description: 'x', ...a } }, edi: { stage } }));

async function openTables() {
  const scratch = makeScratchFolder();
  const storage = await openEmbeddedStorage(scratch.path);
  const { bus, warehouse } = storage;
  const observer = recordingObserver();
  const open = () => {
    const declare = (topology: Parameters<typeof bus.declare>[0]) => bus.declare(topology);
    const tables = makeLiveTables({ bus, declare, warehouse, observer, feed: makeLiveFeed() });
    closers.unshift(() => tables.stop());
    return tables;
  };
  const closers: (() => Promise<void>)[] = [() => storage.close()];
  onTestFinished(async () => {
    for (const close of closers) await close();
    scratch.remove();
  });
  return { open, warehouse };
}

const typeOf = (table: string) =>
  `SELECT data_type FROM information_schema.columns WHERE table_schema = 'events_raw' AND table_name = '${table}' AND column_name = 'data'`;

test('a type whose table holds what it does not fit is left out, with the way out, and the others are made', async () => {
  const { open, warehouse } = await openTables();
  await open().add([schemaOf('shop.order.v1', integer), schemaOf('shop.cart.v1', integer)]);
  const types = [schemaOf('shop.order.v1', text), schemaOf('shop.cart.v1', text), schemaOf('shop.visit.v1', text)];
  const problems = await open().addFitting(types);
  expect(problems.map(({ file }) => file)).toEqual(['shop/order.v1.json', 'shop/cart.v1.json']);
  expect(problems[0]?.message).toMatch(/data\.a is BIGINT .* --replace shop\.order\.v1/);
  expect(await rowsOf(warehouse, typeOf('shop_visit_v1'))).toEqual([['STRUCT(a VARCHAR)']]);
  expect(await rowsOf(warehouse, typeOf('shop_order_v1'))).toEqual([['STRUCT(a BIGINT)']]);
});

test('a type that replaces its revision has its table made anew, with its view and that of all majors', async () => {
  const { open, warehouse } = await openTables();
  const tables = open();
  await tables.add([schemaOf('shop.order.v1', integer), schemaOf('shop.order.v2', text)]);
  const next = schemaOf('shop.order.v1', text);
  expect(await tables.prepare(next, { replaces: false })).toEqual([
    { pointer: '', message: expect.stringContaining('data.a is BIGINT') },
  ]);
  expect(await tables.prepare(next, { replaces: true })).toEqual([]);
  expect(await rowsOf(warehouse, typeOf('shop_order_v1'))).toEqual([['STRUCT(a VARCHAR)']]);
  expect(await rowsOf(warehouse, 'SELECT data.a FROM events.shop_order_v1')).toEqual([]);
  expect(await rowsOf(warehouse, 'SELECT data.a, major FROM events.shop_order')).toEqual([]);
});

test('a draft in alpha changes no table, whatever one of before may hold', async () => {
  const { open, warehouse } = await openTables();
  const tables = open();
  await tables.add([schemaOf('shop.order.v1', integer)]);
  expect(await tables.prepare(schemaOf('shop.order.v1', text, 'alpha'), { replaces: true })).toEqual([]);
  expect(await rowsOf(warehouse, typeOf('shop_order_v1'))).toEqual([['STRUCT(a BIGINT)']]);
});
