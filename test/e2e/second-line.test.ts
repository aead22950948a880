import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failuresQuery } from '../../infra/dead-letters.ts';
import { duckDb } from '../../infra/sql-dialect.ts';
import { defaultDelivery } from '../../infra/topology.ts';
import { type EmbeddedPipeline, startEmbeddedPipeline } from '../helpers/embedded-pipeline.ts';
import { makeEvent, sendBatch, trackPlayed, trackPlayedTable } from '../helpers/local-events.ts';
import { waitFor } from '../helpers/local-process.ts';

describe('what became a dead letter', () => {
  let pipeline: EmbeddedPipeline;
  beforeAll(async () => {
    const prompt = { minBackoffSeconds: 0, maxBackoffSeconds: 0, maxDeliveryAttempts: 5, secondLineBackoffSeconds: 1 };
    pipeline = await startEmbeddedPipeline({ ...defaultDelivery, ...prompt });
  });
  afterAll(() => pipeline.stop());

  async function sendEvents(): Promise<string[]> {
    const events = Array.from({ length: 20 }, () => makeEvent());
    expect((await sendBatch(pipeline.url, { events })).status).toBe(200);
    return events.map(({ id }) => id).sort();
  }

  const eventRows = async (ids: readonly string[]) => {
    const list = ids.map((id) => `'${id}'`).join(',');
    const rows = await pipeline.rows(
      `SELECT event_id FROM events_raw.${trackPlayedTable} WHERE event_id IN (${list}) ORDER BY event_id`,
    );
    return rows.map(([id]) => String(id));
  };
  const waitForRows = (ids: readonly string[]) =>
    waitFor('all rows', async () => ((await eventRows(ids)).length >= ids.length ? true : undefined));

  it.each(['dedup', 'pseudonymize'] as const)('for want of %s is in its table once, with no command', async (stage) => {
    pipeline.away.stages.add(stage);
    const ids = await sendEvents();
    await waitFor('the dead letter', () => (pipeline.backlog(`second-line.${stage}`) === 1 ? true : undefined));
    expect(await eventRows(ids)).toEqual([]);
    pipeline.away.stages.delete(stage);
    await waitForRows(ids);
    expect(await eventRows(ids)).toEqual(ids);
    await waitFor('an empty line', () => (pipeline.backlog(`second-line.${stage}`) === 0 ? true : undefined));
  });

  it('because its table was away is in it once, and operators can read why it was not', async () => {
    pipeline.away.table = trackPlayedTable;
    const ids = await sendEvents();
    const line = `second-line.to-table.event.${trackPlayed}`;
    await waitFor('the dead letters', () => (pipeline.backlog(line) === ids.length ? true : undefined));
    const unfit = await waitFor('the unfit rows', async () => {
      const rows = await pipeline.rows(
        `SELECT json_extract_string(data, '$.event_id'), json_extract_string(attributes, '$.type'),
           json_extract_string(attributes, '$.CloudPubSubDeadLetterSourceDeliveryErrorMessage')
         FROM operations.unfit_rows ORDER BY 1`,
      );
      return rows.length === ids.length ? rows : undefined;
    });
    expect(unfit).toEqual(ids.map((id) => [id, trackPlayed, 'the table is away']));
    const failures = await pipeline.rows(failuresQuery(duckDb, new Date(0).toISOString()));
    const ofTable = failures.map((row) => row.slice(0, 4)).find(([place]) => place === `table of ${trackPlayed}`);
    expect(ofTable?.map(String)).toEqual([`table of ${trackPlayed}`, 'the table is away', '20', '20']);
    pipeline.away.table = '';
    await waitForRows(ids);
    expect(await eventRows(ids)).toEqual(ids);
    await waitFor('an empty line', () => (pipeline.backlog(line) === 0 ? true : undefined));
  });
});
