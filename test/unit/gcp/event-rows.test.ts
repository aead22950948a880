import { afterEach, expect, test } from 'vitest';
import { createBigQueryEventRows } from '../../../shared/adapters/gcp/event-rows.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type Loopback, listenToHttp } from './loopback.ts';

let server: Loopback;
afterEach(() => server.close());

/** A server that answers a query with pages of one column, as the REST reference has them; not compared with the service. */
async function rowsOf(column: string, pages: readonly (readonly string[])[], queries: string[] = []) {
  const jobReference = { projectId: 'edi', jobId: 'job', location: 'EU' };
  server = await listenToHttp((request, response) => {
    const json = (value: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        queries.push(JSON.parse(Buffer.concat(chunks).toString()).configuration.query.query);
        json({ jobReference, status: { state: 'RUNNING' } });
      });
      return;
    }
    const token = Number(new URL(request.url ?? '', 'http://x').searchParams.get('pageToken') ?? '0');
    const next = token + 1 < pages.length ? { pageToken: String(token + 1) } : {};
    const rows = (pages[token] ?? []).map((v) => ({ f: [{ v }] }));
    const schema = { fields: [{ name: column, type: 'STRING', mode: 'NULLABLE' }] };
    json({ jobComplete: true, jobReference, schema, rows, ...next });
  });
  return createBigQueryEventRows({
    projectId: 'edi',
    dataset: 'events_raw',
    apiEndpoint: `http://${server.host}`,
    maxRetries: 0,
  });
}

test('rows are the JSON that BigQuery makes of them, a page at a time', async () => {
  const queries: string[] = [];
  const rows = await rowsOf('text', [['{"event_key":"a"}', '{"event_key":"b"}'], [], ['{"event_key":"c"}']], queries);
  const pages: unknown[] = [];
  for await (const page of rows.holding('shop_order_v1', 'AX+b/c')) pages.push(page);
  expect(pages).toEqual([[{ event_key: 'a' }, { event_key: 'b' }], [{ event_key: 'c' }]]);
  expect(queries).toEqual([
    'SELECT TO_JSON_STRING(stored) AS text FROM `edi.events_raw.shop_order_v1` AS stored ' +
      `WHERE stored.event_time >= TIMESTAMP('0001-01-01T00:00:00Z') AND STRPOS(TO_JSON_STRING(stored), '"AX+b/c') > 0`,
  ]);
});

test('tables are those of the dataset that could be ours', async () => {
  const rows = await rowsOf('table_name', [['alpha', 'shop_order_v1', 'somebody`s']]);
  expect(await rows.tables()).toEqual(['alpha', 'shop_order_v1']);
});

test('rejects with Unavailable, which quotes no query, where BigQuery refuses', async () => {
  server = await listenToHttp(
    (_, response) => void response.writeHead(403).end('{"error":{"code":403,"message":"no"}}'),
  );
  const endpoint = { projectId: 'edi', apiEndpoint: `http://${server.host}`, maxRetries: 0 };
  const asked = createBigQueryEventRows({ ...endpoint, dataset: 'events_raw' }).tables();
  await expect(asked).rejects.toThrow(Unavailable);
  await expect(asked).rejects.not.toThrow(/SELECT/);
});
