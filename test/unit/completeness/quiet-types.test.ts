import { expect, test } from 'vitest';
import { quietTypesQuery, quietTypesScript } from '../../../infra/completeness/quiet-types.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { currentTime, duckDb, googleSql } from '../../../infra/sql-dialect.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { openTestWarehouse, rowsOf } from '../duckdb/fixture.ts';

const hourMillis = 3_600_000;
/** A Wednesday; the newest hour that can be known is from 11 to 12. */
const now = Date.UTC(2026, 2, 4, 12, 40);
const regions = ['eu', 'us'];

/** Events of an hour, by how many hours ago it began (1 is 11 to 12); undefined: it has no marker. */
type History = (hoursAgo: number, start: Date) => number | undefined;

/** Types that are quiet, of these histories, in two regions: the second always has none. */
async function quiet(histories: Readonly<Record<string, History>>, told: (hoursAgo: number) => boolean = () => true) {
  const warehouse = await openTestWarehouse();
  await ensureTables(warehouse, makeTopology([]));
  const rows: string[] = [];
  for (const [type, history] of Object.entries(histories)) {
    for (let hoursAgo = 1; hoursAgo <= 30 * 24; hoursAgo += 1) {
      const start = new Date(Math.floor(now / hourMillis) * hourMillis - hoursAgo * hourMillis);
      const events = history(hoursAgo, start);
      if (events === undefined) continue;
      const marker = { hour: start.toISOString(), type, state: 'complete', marked_time: start.toISOString() };
      rows.push(JSON.stringify({ ...marker, region: 'eu', events }));
      // A marker that was set twice counts once.
      rows.push(JSON.stringify({ ...marker, region: 'eu', events }));
      if (told(hoursAgo)) rows.push(JSON.stringify({ ...marker, region: 'us', events: 0 }));
    }
  }
  await warehouse.append({ schema: 'operations', table: 'completeness_hours' }, rows);
  const sql = quietTypesQuery({ dialect: duckDb, regions, asOf: duckDb.timestamp(new Date(now).toISOString()) });
  return (await rowsOf(warehouse, `${sql} ORDER BY type`)).map(([type, since, usual]) => [
    type,
    String(since).slice(0, 13).replace('T', ' '),
    Number(usual),
  ]);
}

/** As before, and then nothing for so many hours. */
const stops = (hours: number, history: History): History => {
  return (hoursAgo, start) => (hoursAgo <= hours ? 0 : history(hoursAgo, start));
};
const always: History = () => 20;
const onWeekdays: History = (_, start) => (start.getUTCDay() % 6 === 0 ? 0 : 20);
const byDay: History = (_, start) => (start.getUTCHours() < 15 ? 20 : 0);

test('a type that usually has events, and has had none for three hours, is told', async () => {
  const found = await quiet({
    always: stops(3, always),
    'by-day': stops(3, byDay),
    'for-long': stops(5, always),
    goes: always,
    // Its newest hours are not known yet.
    late: (hoursAgo) => (hoursAgo === 1 ? undefined : stops(4, always)(hoursAgo, new Date())),
    new: (hoursAgo) => (hoursAgo > 5 * 24 ? undefined : stops(3, always)(hoursAgo, new Date())),
    'seldom-any': stops(3, () => 9),
    'short-while': stops(2, always),
    'weekdays-only': stops(3, onWeekdays),
  });
  expect(found).toEqual([
    ['always', '2026-03-04 09', 20],
    ['by-day', '2026-03-04 09', 20],
    ['for-long', '2026-03-04 09', 20],
    ['late', '2026-03-04 08', 20],
    ['weekdays-only', '2026-03-04 09', 14],
  ]);
});

test('what is quiet at this hour of the day or week is told by nobody', async () => {
  // From 9 to 12 it never has any; on Wednesdays it never has any.
  const found = await quiet({
    'not-in-the-morning': (_, start) => (start.getUTCHours() >= 9 && start.getUTCHours() < 12 ? 0 : 20),
    'not-on-wednesdays': (_, start) => (start.getUTCDay() === 3 ? 0 : 20),
  });
  expect(found).toEqual([]);
});

test('nothing is told of hours that a region has not told, nor where heartbeats do not come', async () => {
  expect(await quiet({ always: stops(3, always) }, (hoursAgo) => hoursAgo > 1)).toEqual([]);
  expect(await quiet({ always: (hoursAgo) => (hoursAgo <= 6 ? undefined : 20) })).toEqual([]);
});

test('the script of BigQuery fails with the names of the types', () => {
  const script = quietTypesScript({ dialect: googleSql('edi-prod'), regions, asOf: currentTime });
  expect(script).toMatch(/^DECLARE quiet STRING;\n/);
  expect(script).toContain("region IN ('eu', 'us')");
  expect(script).toContain('FROM `edi-prod.operations.completeness_hours`');
  expect(script).toMatch(/IF quiet IS NOT NULL THEN\nRAISE USING MESSAGE = CONCAT\('[^']+', quiet\);\nEND IF;\n$/);
});
