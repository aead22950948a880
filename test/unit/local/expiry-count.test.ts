import { expect, test } from 'vitest';
import { expiredQuarantineScript } from '../../../infra/expired-losses.ts';
import { startExpiryCount } from '../../../infra/local/expiry-count.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { currentTime, googleSql } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import { quarantineColumns } from '../../../shared/quarantine/quarantine-columns.ts';

const dayMillis = 86_400_000;
const keptMillis = Date.UTC(2026, 0, 1, 23, 59);

async function world() {
  const warehouse = await openWarehouse({ path: ':memory:' });
  await ensureTables(warehouse, makeTopology([]));
  const clock = createManualClock(keptMillis);
  const observer = makeCountingObserver();
  const values: Readonly<Record<string, unknown>> = { type: 'shop.order.v1', sdk: 'web', stage: 'ingest', errors: [] };
  const texts: Readonly<Record<string, unknown>> = { STRING: 'x', INT64: 1, TIMESTAMP: '2025-12-31T12:00:00Z' };
  const keep = async (record_key: string, millis: number, parts: Readonly<Record<string, unknown>> = {}) => {
    const row = Object.fromEntries(quarantineColumns.map(({ name, type }) => [name, values[name] ?? texts[type]]));
    const kept = { ...row, record_key, kept_time: new Date(millis).toISOString(), ...parts };
    const outcomes = await warehouse.append({ schema: 'operations', table: 'quarantine' }, [JSON.stringify(kept)]);
    expect(outcomes).toEqual([{ kind: 'inserted' }]);
  };
  /** Counts once, as of a day after the first keeping. */
  const countAt = async (days: number) => {
    clock.advance(keptMillis + days * dayMillis - clock.nowMillis());
    await startExpiryCount({ warehouse, clock, observer }).stop();
  };
  const losses = async () => {
    const sql = 'SELECT day, stage, reason, type, sdk, events::INTEGER FROM operations.losses ORDER BY type';
    const found = await runReadOnlyQuery(warehouse, sql, { maxRows: 100, timeoutMillis: 10_000 });
    return found.kind === 'rows' ? found.rows : found.reason;
  };
  return { keep, countAt, losses, observer };
}

test('what quarantine no longer keeps is counted on its last day, once, by the day of receipt', async () => {
  const { keep, countAt, losses, observer } = await world();
  await keep('a', keptMillis);
  await keep('a', keptMillis - dayMillis);
  await keep('b', keptMillis, { events: 40, type: 'shop.other.v1' });
  await keep('c', keptMillis + dayMillis);
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

test('the script of the cloud is the same question, and fails on a day with losses', () => {
  const script = expiredQuarantineScript({ dialect: googleSql('p'), asOf: currentTime });
  expect(script).toContain('INSERT INTO `p.operations.loss_records`');
  expect(script).toContain('FROM `p.operations.quarantine` GROUP BY record_key');
  expect(script).toContain('FROM `p.operations.replayed` AS other WHERE other.record_key = records.record_key');
  expect(script).toContain('ASSERT NOT EXISTS');
});
