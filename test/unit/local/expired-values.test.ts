import { expect, test } from 'vitest';
import { expiredValuesScript, expiringValues } from '../../../infra/expired-values.ts';
import { startExpiryCount } from '../../../infra/local/expiry-count.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { currentTime, googleSql } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import { eventSchema, registryWith, schemaDocument } from '../../helpers/schemas.ts';

const keptFor = (keepDays: number) => ({ type: 'string', treatment: { do: 'pseudonymize', keepDays } });
const order = schemaDocument({
  properties: {
    email: keptFor(30),
    group: keptFor(60),
    name: { type: 'string', treatment: { do: 'pseudonymize' } },
    buyer: {
      type: 'object',
      additionalProperties: false,
      properties: { phone: keptFor(30), city: { type: 'string', notPersonal: 'a list of towns' } },
    },
    tags: { type: 'array', items: keptFor(30) },
  },
});
const startMillis = Date.UTC(2026, 0, 31, 12);

async function world() {
  const warehouse = await openWarehouse({ path: ':memory:' });
  await ensureTables(warehouse, makeTopology([eventSchema(order)]));
  const registry = await registryWith([order]);
  const clock = createManualClock(startMillis);
  const table = makeTopology([eventSchema(order)]).tables.find(({ table: name }) => name === 'shop_order_v1');
  const texts: Readonly<Record<string, unknown>> = { STRING: 'x', INT64: 1, BOOL: false };
  const append = async (event_key: string, event_time: string, data: unknown, earlyType?: string) => {
    const required = (table?.columns ?? []).filter(({ mode }) => mode === 'REQUIRED');
    const row = Object.fromEntries(required.map(({ name, type }) => [name, texts[type] ?? event_time]));
    const own = { ...row, event_key, event_time };
    const shared = { ...own, type: earlyType, data: JSON.stringify(data) };
    const line = JSON.stringify(earlyType === undefined ? { ...own, data } : shared);
    const name = earlyType === undefined ? 'shop_order_v1' : 'alpha';
    expect(await warehouse.append({ schema: 'events_raw', table: name }, [line])).toEqual([{ kind: 'inserted' }]);
  };
  const expireAfter = async (days: number) => {
    clock.advance(startMillis + days * 86_400_000 - clock.nowMillis());
    await startExpiryCount({ warehouse, registry, clock, observer: makeCountingObserver() }).stop();
  };
  const rows = async (name = 'events_raw.shop_order_v1') => {
    const sql = `SELECT event_key, to_json(data)::VARCHAR FROM ${name} ORDER BY event_key`;
    const found = await runReadOnlyQuery(warehouse, sql, { maxRows: 10, timeoutMillis: 10_000 });
    if (found.kind !== 'rows') throw new Error(found.reason);
    return Object.fromEntries(found.rows.map(([key, data]) => [String(key), JSON.parse(String(data))]));
  };
  return { append, expireAfter, rows };
}

test('a value goes when its days are over, and its row and the other values stay', async () => {
  const { append, expireAfter, rows } = await world();
  const whole = { email: 'e', group: 'g', name: 'n', buyer: { phone: 'p', city: 'c' }, tags: ['t'] };
  const without = { ...whole, email: null, buyer: { phone: null, city: 'c' }, tags: [] };
  const last = { email: null, group: 'g', name: 'n', buyer: null, tags: [] };
  await append('first-kept', '2026-01-01T00:00:00Z', whole);
  await append('last-gone', '2025-12-31T23:59:59.999999Z', whole);
  await append('no-buyer', '2025-12-31T12:00:00Z', { ...last, email: 'e' });
  await expireAfter(0);
  expect(await rows()).toEqual({ 'first-kept': whole, 'last-gone': without, 'no-buyer': last });
  await expireAfter(1);
  expect((await rows())['first-kept']).toEqual(without);
  await append('late', '2025-12-01T00:00:00Z', whole);
  await expireAfter(31);
  const gone = { ...without, group: null };
  expect(await rows()).toMatchObject({ 'first-kept': gone, 'last-gone': gone, late: gone });
});

test('so do values of rows from before the promotion, which the view of the type shows, and those of no other type', async () => {
  const { append, expireAfter, rows } = await world();
  const whole = { email: 'e', group: 'g', name: 'n', buyer: { phone: 'p', city: 'c' }, tags: ['t'] };
  await append('first-kept', '2026-01-01T00:00:00Z', whole, 'shop.order.v1');
  await append('last-gone', '2025-12-31T23:59:59.999999Z', whole, 'shop.order.v1');
  await append('nothing', '2025-12-31T12:00:00Z', { name: 'n' }, 'shop.order.v1');
  await append('other', '2025-12-31T12:00:00Z', whole, 'shop.trial.v1');
  await expireAfter(0);
  const without = { group: 'g', name: 'n', buyer: { city: 'c' } };
  const expected = { 'first-kept': whole, 'last-gone': without, nothing: { name: 'n' }, other: whole };
  expect(await rows('events_raw.alpha')).toEqual(expected);
  expect((await rows('events.shop_order_v1'))['last-gone']).toMatchObject({ email: null, tags: [] });
});

test('BigQuery empties the days that have something, a statement a day', () => {
  const script = expiredValuesScript(googleSql('p'), expiringValues([eventSchema(order)]), currentTime);
  expect(script).toBe(`FOR expired IN (
  SELECT DISTINCT DATE(event_time) AS day FROM \`p.events_raw.shop_order_v1\`
  WHERE event_time < TIMESTAMP(DATE(CURRENT_TIMESTAMP())) - INTERVAL 720 HOUR AND (data.email IS NOT NULL OR data.buyer.phone IS NOT NULL OR ARRAY_LENGTH(data.tags) > 0)
) DO
  UPDATE \`p.events_raw.shop_order_v1\` SET data.email = NULL, data.buyer.phone = NULL, data.tags = []
  WHERE event_time >= TIMESTAMP(expired.day) AND event_time < TIMESTAMP(expired.day) + INTERVAL 24 HOUR
    AND (data.email IS NOT NULL OR data.buyer.phone IS NOT NULL OR ARRAY_LENGTH(data.tags) > 0);
END FOR;
FOR expired IN (
  SELECT DISTINCT DATE(event_time) AS day FROM \`p.events_raw.alpha\`
  WHERE event_time < TIMESTAMP(DATE(CURRENT_TIMESTAMP())) - INTERVAL 720 HOUR AND type = 'shop.order.v1' AND (JSON_QUERY(data, '$."email"') IS NOT NULL OR JSON_QUERY(data, '$."buyer"."phone"') IS NOT NULL OR JSON_QUERY(data, '$."tags"') IS NOT NULL)
) DO
  UPDATE \`p.events_raw.alpha\` SET data = JSON_REMOVE(data, '$."email"', '$."buyer"."phone"', '$."tags"')
  WHERE event_time >= TIMESTAMP(expired.day) AND event_time < TIMESTAMP(expired.day) + INTERVAL 24 HOUR
    AND type = 'shop.order.v1' AND (JSON_QUERY(data, '$."email"') IS NOT NULL OR JSON_QUERY(data, '$."buyer"."phone"') IS NOT NULL OR JSON_QUERY(data, '$."tags"') IS NOT NULL);
END FOR;
FOR expired IN (
  SELECT DISTINCT DATE(event_time) AS day FROM \`p.events_raw.shop_order_v1\`
  WHERE event_time < TIMESTAMP(DATE(CURRENT_TIMESTAMP())) - INTERVAL 1440 HOUR AND (data.group IS NOT NULL)
) DO
  UPDATE \`p.events_raw.shop_order_v1\` SET data.group = NULL
  WHERE event_time >= TIMESTAMP(expired.day) AND event_time < TIMESTAMP(expired.day) + INTERVAL 24 HOUR
    AND (data.group IS NOT NULL);
END FOR;
FOR expired IN (
  SELECT DISTINCT DATE(event_time) AS day FROM \`p.events_raw.alpha\`
  WHERE event_time < TIMESTAMP(DATE(CURRENT_TIMESTAMP())) - INTERVAL 1440 HOUR AND type = 'shop.order.v1' AND (JSON_QUERY(data, '$."group"') IS NOT NULL)
) DO
  UPDATE \`p.events_raw.alpha\` SET data = JSON_REMOVE(data, '$."group"')
  WHERE event_time >= TIMESTAMP(expired.day) AND event_time < TIMESTAMP(expired.day) + INTERVAL 24 HOUR
    AND type = 'shop.order.v1' AND (JSON_QUERY(data, '$."group"') IS NOT NULL);
END FOR;
`);
});

test('the shared table of alpha is left as it is', () => {
  const alpha = { ...order, edi: { ...Object(order['edi']), stage: 'alpha', retentionDays: 30 } };
  expect(expiringValues([eventSchema(alpha)])).toEqual([]);
});
