import { expect, test } from 'vitest';
import { expiredQuarantineScript } from '../../../infra/expired-losses.ts';
import { expiredRowsScript } from '../../../infra/expired-rows.ts';
import { startExpiryCount } from '../../../infra/local/expiry-count.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { currentTime, googleSql } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import { quarantineColumns } from '../../../shared/quarantine/quarantine-columns.ts';
import { eventSchema, registryWith, schemaDocument } from '../../helpers/schemas.ts';

const dayMillis = 86_400_000;
const keptMillis = Date.UTC(2026, 0, 1, 23, 59);

const eventTime = '2025-12-30T09:00:00.000000Z';

async function world() {
  const warehouse = await openWarehouse({ path: ':memory:' });
  const [order, other] = ['shop.order.v1', 'shop.idea.v1'].map((type) =>
    schemaDocument({ type, edi: type === 'shop.idea.v1' ? { stage: 'alpha' } : {} }),
  );
  if (order === undefined || other === undefined) throw new Error('there are two');
  await ensureTables(warehouse, makeTopology([eventSchema(order), eventSchema(other)]));
  const registry = await registryWith([order, other]);
  const clock = createManualClock(keptMillis);
  const observer = makeCountingObserver();
  const values: Readonly<Record<string, unknown>> = { type: 'shop.order.v1', sdk: 'web', stage: 'ingest', errors: [] };
  const texts: Readonly<Record<string, unknown>> = { STRING: 'x', INT64: 1, TIMESTAMP: '2025-12-31T12:00:00Z' };
  const keep = async (record_key: string, millis: number, parts: Readonly<Record<string, unknown>> = {}) => {
    const row = Object.fromEntries(quarantineColumns.map(({ name, type }) => [name, values[name] ?? texts[type]]));
    // Each is an event of its own, unless its test says otherwise.
    const own = { record_key, identity_key: record_key, identity_keys: null };
    const kept = { ...row, ...own, kept_time: new Date(millis).toISOString(), ...parts };
    const outcomes = await warehouse.append({ schema: 'operations', table: 'quarantine' }, [JSON.stringify(kept)]);
    expect(outcomes).toEqual([{ kind: 'inserted' }]);
  };
  /** Counts once, as of a day after the first keeping. */
  const countAt = async (days: number) => {
    clock.advance(keptMillis + days * dayMillis - clock.nowMillis());
    await startExpiryCount({ warehouse, registry, clock, observer }).stop();
  };
  const losses = async () => {
    const sql = 'SELECT day, stage, reason, type, sdk, events::INTEGER FROM operations.losses ORDER BY type';
    const found = await runReadOnlyQuery(warehouse, sql, { maxRows: 100, timeoutMillis: 10_000 });
    return found.kind === 'rows' ? found.rows : found.reason;
  };
  return { warehouse, keep, countAt, losses, observer };
}

test('what quarantine no longer keeps is counted on its last day, once, by the day of receipt', async () => {
  const { keep, countAt, losses, observer } = await world();
  await keep('a', keptMillis);
  await keep('a', keptMillis - dayMillis);
  await keep('b', keptMillis, { events: 40, type: 'shop.other.v1' });
  await keep('c', keptMillis + dayMillis);
  // What a smoke test had refused is no loss.
  await keep('s', keptMillis, { type: 'edi.smoke.v1' });
  await countAt(18);
  expect(await losses()).toEqual([]);
  await countAt(19);
  await countAt(19);
  const reason = ['2025-12-31', 'ingest', 'quarantine-expired'];
  expect(await losses()).toEqual([
    [...reason, 'shop.order.v1', 'web', 1],
    [...reason, 'shop.other.v1', 'web', 40],
  ]);
  expect(observer.counts.get('lost.quarantine-expired')).toBe(41);
  await countAt(20);
  expect(await losses()).toEqual([
    [...reason, 'shop.order.v1', 'web', 2],
    [...reason, 'shop.other.v1', 'web', 40],
  ]);
});

test('of several attempts at one event the newest is a loss, where nobody replayed it', async () => {
  const { warehouse, keep, countAt, losses } = await world();
  const at = (minutes: number) => new Date(keptMillis + (minutes - 60) * 60_000).toISOString();
  for (const [event, type] of [
    ['sent-on', 'shop.order.v1'],
    ['left', 'shop.other.v1'],
  ]) {
    for (const attempt of [1, 2, 3])
      await keep(`${event}-${attempt}`, keptMillis, { type, identity_key: event, received_time: at(attempt) });
  }
  // Of events that are kept together: one, both of another record, and the newer attempt at one of them.
  const keys = (...names: readonly string[]) => names.map((name) => name.padEnd(22, '-')).join('');
  const together = { type: 'shop.together.v1', events: 2 };
  await keep('both', keptMillis, { ...together, identity_keys: keys('m', 'n'), received_time: at(1) });
  await keep('one', keptMillis, { ...together, identity_keys: keys('m', 'o'), received_time: at(2) });
  await keep('again', keptMillis, { ...together, events: 1, identity_key: keys('n'), received_time: at(3) });
  await warehouse.append({ schema: 'operations', table: 'replayed' }, [
    JSON.stringify({ record_key: 'sent-on-3', replayed_time: at(30), run: 'r' }),
  ]);
  await countAt(19);
  const reason = ['2026-01-01', 'ingest', 'quarantine-expired'];
  expect(await losses()).toEqual([
    [...reason, 'shop.other.v1', 'web', 1],
    [...reason, 'shop.together.v1', 'web', 3],
  ]);
});

/** A row of `shop.order.v1`, with what it must have. */
function orderRow(event_key: string): string {
  const values: Readonly<Record<string, unknown>> = { STRING: 'x', INT64: 1, BOOL: false, TIMESTAMP: eventTime };
  const { tables } = makeTopology([eventSchema(schemaDocument())]);
  const required = tables
    .find(({ table }) => table === 'shop_order_v1')
    ?.columns.filter(({ mode }) => mode === 'REQUIRED');
  const row = Object.fromEntries((required ?? []).map(({ name, type }) => [name, values[type]]));
  return JSON.stringify({ ...row, event_key });
}

/** A row that its table did not take, `days` after the first keeping. */
async function unfit(
  { warehouse }: Awaited<ReturnType<typeof world>>,
  event_key: string,
  days: number,
  type = 'shop.order.v1',
) {
  const row = {
    subscription_name: 'unfit-rows',
    message_id: `m-${event_key}`,
    publish_time: new Date(keptMillis + days * dayMillis).toISOString(),
    data: JSON.stringify({ event_key, sdk: 'web', event_time: eventTime }),
    attributes: JSON.stringify({ type, event_key }),
  };
  expect(await warehouse.append({ schema: 'operations', table: 'unfit_rows' }, [JSON.stringify(row)])).toEqual([
    { kind: 'inserted' },
  ]);
}

test('rows that no line tries any more are counted on their last day, once, but for those that are in their table', async () => {
  const counted = await world();
  const { warehouse, countAt, losses, observer } = counted;
  for (const key of ['a', 'a', 'b', 'there']) await unfit(counted, key, 0);
  await unfit(counted, 'c', 0, 'shop.idea.v1');
  await unfit(counted, 'later', 1);
  await unfit(counted, 'nobody', 0, 'shop.nobody.v9');
  const there = await warehouse.append({ schema: 'events_raw', table: 'shop_order_v1' }, [orderRow('there')]);
  expect(there).toEqual([{ kind: 'inserted' }]);
  await countAt(20);
  expect(await losses()).toEqual([]);
  await countAt(21);
  await countAt(21);
  const reason = ['2025-12-30', 'table', 'row-expired'];
  const others = [
    [...reason, 'shop.idea.v1', 'web', 1],
    [...reason, 'shop.nobody.v9', 'web', 1],
  ];
  expect(await losses()).toEqual([...others, [...reason, 'shop.order.v1', 'web', 2]]);
  expect(observer.counts.get('lost.row-expired')).toBe(4);
  await countAt(34);
  expect(await losses()).toEqual([...others, [...reason, 'shop.order.v1', 'web', 3]]);
});

test('the script of the cloud reads tables of events only where something expires, and then by its days', () => {
  const types = { own: ['shop.order.v1'] };
  const script = expiredRowsScript({ dialect: googleSql('p'), types, asOf: currentTime });
  expect(script).toMatch(
    /^DECLARE first_time, last_time TIMESTAMP;\nSET .*\nIF first_time IS NOT NULL THEN\nINSERT INTO /s,
  );
  expect(script).toContain(
    'FROM `p.events_raw.shop_order_v1` WHERE event_time >= first_time AND event_time <= last_time',
  );
  expect(script).toContain('ASSERT NOT EXISTS');
});

test('the script of the cloud is the same question, and fails on a day with losses that no erasure wanted', () => {
  const script = expiredQuarantineScript({ dialect: googleSql('p'), asOf: currentTime });
  expect(script).toContain('INSERT INTO `p.operations.loss_records`');
  expect(script).toContain('FROM `p.operations.quarantine` GROUP BY record_key');
  expect(script).toContain('FROM `p.operations.replayed` AS other WHERE other.record_key = records.record_key');
  expect(script).toContain('ASSERT NOT EXISTS');
  expect(script).toMatch(
    /WHERE DATE\(recorded_time\) = DATE\(CURRENT_TIMESTAMP\(\)\) AND reason NOT IN \('erased', 'objected'\)\n/,
  );
});
