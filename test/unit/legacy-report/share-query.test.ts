import { expect, test } from 'vitest';
import { noCounts, weekOf } from '../../../functions/export-legacy/export-state.ts';
import { lastWeeks, mappingReports, weekShares } from '../../../infra/legacy-report/report.ts';
import { shareQuery } from '../../../infra/legacy-report/share-query.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { datasets } from '../../../infra/naming.ts';
import { duckDb, googleSql } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { exportState } from '../../helpers/export-world.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse, query } from '../duckdb/fixture.ts';

const [own, alpha] = ['shop.order.v1', 'shop.cart.v1'];

interface SeenRow {
  readonly time: string;
  readonly sdk: string;
  readonly key?: string;
  readonly received?: string;
  readonly replayed?: true;
  readonly type?: string;
}

let rowNumber = 0;
function rowOf({ time, sdk, key = `key-${rowNumber++}`, received = time, ...more }: SeenRow): string {
  return JSON.stringify({
    event_key: key,
    event_time: time,
    received_time: received,
    source: 'a-pseudonym',
    sdk,
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    ...more,
  });
}

async function sharesOf(orders: readonly SeenRow[], carts: readonly SeenRow[], firstWeek: string) {
  const warehouse = await openTestWarehouse();
  await ensureTables(warehouse, makeTopology([eventSchema(schemaDocument({ type: own }))]));
  await warehouse.append({ schema: datasets.raw, table: tableName(own) }, orders.map(rowOf));
  await warehouse.append(
    { schema: datasets.raw, table: 'alpha' },
    carts.map((row) => rowOf({ ...row, type: alpha })),
  );
  const types = { own: [own], alpha: { only: [alpha] } };
  const outcome = await query(warehouse, shareQuery({ dialect: duckDb, types, firstWeek }));
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return rowObjects(outcome);
}

test('events are counted once by type, week and legacy binding; weeks begin on Monday, UTC', async () => {
  const monday = '2026-11-23T00:00:00Z';
  const rows = await sharesOf(
    [
      { time: '2026-11-22T23:59:59.999Z', sdk: 'legacy-tv' },
      { time: monday, sdk: 'legacy-tv' },
      // The new path was first with it.
      { time: monday, sdk: 'ios', key: 'both' },
      { time: monday, sdk: 'legacy-tv', key: 'both', received: '2026-11-23T09:00:00Z' },
      { time: '2026-11-29T23:59:59Z', sdk: 'legacy-radio', replayed: true },
      { time: monday, sdk: 'edi-heartbeat' },
      { time: '2026-11-15T23:59:59Z', sdk: 'legacy-tv' },
    ],
    [{ time: monday, sdk: 'web' }],
    '2026-11-16',
  );
  expect(rows).toEqual(
    [
      [alpha, '2026-11-23', '', 1, 0],
      [own, '2026-11-16', 'legacy-tv', 1, 0],
      [own, '2026-11-23', '', 1, 0],
      [own, '2026-11-23', 'legacy-radio', 1, 1],
      [own, '2026-11-23', 'legacy-tv', 1, 0],
    ].map(([type, week, legacy_sdk, events, replayed_events]) => ({ type, week, legacy_sdk, events, replayed_events })),
  );
});

test('BigQuery is asked for the days from the first week on', () => {
  const sql = shareQuery({ dialect: googleSql('p'), types: { own: [own] }, firstWeek: '2026-11-16' });
  expect(sql).toContain("FROM `p.events.shop_order_v1` WHERE event_time >= TIMESTAMP '2026-11-16T00:00:00Z'");
  expect(sql).toContain('DATE_TRUNC(DATE(event_time), ISOWEEK) AS week');
});

test('a week is its Monday, before 1970 as after', () => {
  expect(['1969-12-28T23:00:00Z', '1969-12-29', '1970-01-01', '2026-11-29T23:59:59.999Z'].map(at)).toEqual([
    ...['1969-12-22', '1969-12-29', '1969-12-29', '2026-11-23'],
  ]);
  expect(lastWeeks(Date.parse('2026-11-29T23:59:59Z'), 3)).toEqual(['2026-11-09', '2026-11-16', '2026-11-23']);
  function at(text: string): string {
    return weekOf(Date.parse(text));
  }
});

const weeks = ['2026-11-16', '2026-11-23'];
const row = (week: string, legacy_sdk: string, events: number, replayed_events = 0): JsonObject => ({
  ...{ type: own, week, legacy_sdk, events, replayed_events },
});

test('every week has a share, of all legacy bindings together', () => {
  const rows = [row('2026-11-23', '', 6), row('2026-11-23', 'legacy-tv', 3), row('2026-11-23', 'legacy-radio', 1)];
  expect(weekShares(rows, [own], weeks)).toEqual([
    { type: own, week: '2026-11-16', events: 0, legacyEvents: 0 },
    { type: own, week: '2026-11-23', events: 10, legacyEvents: 4 },
  ]);
});

test('files are summed up by mapping, and what has no row of the binding was removed', () => {
  const file = (object: string, counts: Partial<typeof noCounts>, state: 'done' | 'running' | 'paused' | 'refused') =>
    exportState({ object: `files/${object}`, state, counts: { ...noCounts, ...counts } });
  const [first, second] = weeks.map((week) => `${own} ${week}`);
  const states = [
    file('tv/a.tsv', { records: 10, mapped: 8, skipped: 1, accepted: 7, reasons: { schema: 1 } }, 'done'),
    file(
      'tv/day/b.tsv',
      { records: 5, mapped: 5, accepted: 5, acceptedByWeek: { [`${first}`]: 3, [`${second}`]: 2 } },
      'done',
    ),
    file(
      'tv/c.tsv',
      { records: 3, accepted: 2, acceptedByWeek: { [`${second}`]: 1, [`${own} 2026-11-02`]: 1 } },
      'running',
    ),
    file('radio/a.tsv', { records: 2, reasons: { schema: 1, 'legacy-value': 1 } }, 'paused'),
    file('radio/b.tsv', {}, 'refused'),
    { other: 'release' },
  ];
  // Of three of the second week one is left, two of the first came by a replay beside three rows too many.
  const rows = [row('2026-11-16', 'legacy-tv', 8, 2), row('2026-11-23', 'legacy-tv', 1), row('2026-11-23', '', 9)];
  const [radio, tv] = mappingReports(states, rows, weeks);
  expect(tv).toEqual({
    ...{ mapping: 'tv', files: 3, running: 1, refusedFiles: 0, paused: 0 },
    ...{ records: 18, mapped: 13, skipped: 1, accepted: 14, reasons: { schema: 1 }, removed: 2 },
  });
  expect(radio).toMatchObject({ files: 2, paused: 1, refusedFiles: 1, reasons: { schema: 1, 'legacy-value': 1 } });
  expect(mappingReports(states, undefined, weeks)[1]).not.toHaveProperty('removed');
});
