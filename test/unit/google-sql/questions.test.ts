import { beforeAll, expect, test } from 'vitest';
import { translate } from '../../../infra/local/google-sql/translate.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import { openWarehouse, type Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { firstDayOfQuestions, questionsOfPage, rowsOfQuestions } from '../../helpers/questions.ts';
import { projectSchemas } from '../../helpers/schemas-of-project.ts';

const firstDay = firstDayOfQuestions(Date.now());
const questions = questionsOfPage();
let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await openWarehouse({ path: ':memory:' });
  const asked = new Set(rowsOfQuestions(firstDay).map(({ table }) => table));
  const { tables } = makeTopology(await projectSchemas());
  await ensureTables(warehouse, {
    ...makeTopology([]),
    tables: tables.filter(({ table }) => table === 'alpha' || asked.has(table)),
    views: [],
  });
  for (const { dataset, table, row } of rowsOfQuestions(firstDay)) {
    const outcomes = await warehouse.append({ schema: dataset, table }, [JSON.stringify(row)]);
    expect(outcomes).toEqual([{ kind: 'inserted' }]);
  }
  return () => warehouse.close();
});

const day = (days: number) => new Date(firstDay + days * 86_400_000).toISOString().slice(0, 10);
const instant = (hours: number) =>
  expect.stringContaining(new Date(firstDay + hours * 3_600_000).toISOString().slice(0, 13));

/** What the page's statements say of the known events, by hand. */
const answers: Readonly<Record<string, readonly object[]>> = {
  'How far do pull requests get?': [{ opened: 4, review_requested: 3, merged: 2, merged_in_a_day: 1 }],
  'Who comes back?': [{ first_day: day(0), listeners: 2, next_day: 2, second_week: 1 }],
  'How long are sessions?': [
    { day: day(0), sessions: 3, plays: 4, minutes_heard: 2 },
    { day: day(1), sessions: 2, plays: 2, minutes_heard: 1.5 },
    { day: day(8), sessions: 1, plays: 1, minutes_heard: 1.5 },
  ],
  'How late do events come?': [
    { sdk: 'ios', events: 5, late_by_an_hour: 1, late_by_a_day: 1, latest_seconds: 108_000 },
    { sdk: 'web', events: 2, late_by_an_hour: 1, late_by_a_day: 0, latest_seconds: 7_200 },
  ],
  'How many duplicates did the view take out?': [
    { sdk: 'ios', delivered: 6, events: 5, taken_out: 1 },
    { sdk: 'web', delivered: 2, events: 2, taken_out: 0 },
  ],
  'Is anything missing?': [
    { day: day(0), sdk: 'ios', received: 3, unnumbered: 0, missing: 1 },
    { day: day(0), sdk: 'web', received: 1, unnumbered: 1, missing: 0 },
    { day: day(1), sdk: 'ios', received: 1, unnumbered: 0, missing: 0 },
    { day: day(1), sdk: 'web', received: 1, unnumbered: 1, missing: 0 },
    { day: day(8), sdk: 'ios', received: 1, unnumbered: 0, missing: 0 },
  ],
  'How fresh is the table?': [
    { sdk: 'ios', newest_event: instant(8 * 24), newest_receipt: instant(8 * 24 + 30), slowest_seconds: 3 },
    { sdk: 'web', newest_event: instant(24), newest_receipt: instant(26), slowest_seconds: 3 },
  ],
  'What does the type cost?': [
    { sdk: 'ios', events: 5, events_a_day: 1.7, bytes_an_event: expect.any(Number) },
    { sdk: 'web', events: 2, events_a_day: 1, bytes_an_event: expect.any(Number) },
  ],
  'Which artists are heard most?': [
    { artist: 'a1', plays: 4, plays_as_main_artist: 3, listeners: 1 },
    { artist: 'a2', plays: 3, plays_as_main_artist: 2, listeners: 2 },
  ],
  'What happened on one installation?': [
    { event_time: instant(10), what: 'played', detail: 't-anna' },
    { event_time: instant(10), what: 'played', detail: 't-anna' },
    { event_time: instant(11), what: 'gave up events', detail: 'playback.track-played.v1' },
    { event_time: instant(12), what: 'played', detail: 't-anna' },
    { event_time: instant(33), what: 'played', detail: 't-anna' },
    { event_time: instant(192), what: 'played', detail: 't-anna' },
  ],
};

test('each question of the page has an answer here', () => {
  expect(questions.map(({ title }) => title)).toEqual(Object.keys(answers));
});

test.each(questions)('$title', async ({ title, sql }) => {
  const outcome = await runReadOnlyQuery(warehouse, translate(sql), { maxRows: 100, timeoutMillis: 15_000 });
  expect(outcome).toMatchObject({ kind: 'rows' });
  if (outcome.kind === 'rows') expect(rowObjects(outcome)).toEqual(answers[title]);
});

test('tables and columns are described as in the cloud, fields of RECORDs and columns of views, too', async () => {
  const ask = async (sql: string) => {
    const outcome = await runReadOnlyQuery(warehouse, translate(sql), { maxRows: 1_000, timeoutMillis: 15_000 });
    return outcome.kind === 'rows' ? rowObjects(outcome) : outcome.reason;
  };
  const table = { dataset: 'events', name: 'edi_events_dropped_v1' };
  const description = expect.stringContaining('A client gave up events');
  expect(await ask('SHOW TABLES;')).toEqual(
    expect.arrayContaining([
      { ...table, description },
      { ...table, dataset: 'events_raw', description },
    ]),
  );
  for (const dataset of ['events', 'events_raw']) {
    const columns = await ask(`DESCRIBE ${dataset}.edi_events_dropped_v1`);
    expect(columns).toEqual(
      expect.arrayContaining([
        { name: 'event_time', type: 'TIMESTAMP', description: expect.stringContaining('the partition') },
        { name: 'data', type: 'RECORD', description: 'The payload' },
        { name: 'data.dropped', type: 'RECORD REPEATED', description: 'How many of each type, and why' },
        { name: 'data.dropped.count', type: 'INT64', description: 'Events' },
      ]),
    );
    expect(columns).toHaveLength(20);
  }
  expect(await ask('DESCRIBE events.nothing_v1')).toContain('nothing_v1');
  expect(await ask("SELECT comment FROM duckdb_columns() WHERE table_name = 'alpha' AND column_name = 'type'")).toEqual(
    expect.arrayContaining([{ comment: expect.stringMatching(/\w/) }]),
  );
});
