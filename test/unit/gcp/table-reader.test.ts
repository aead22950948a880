import { afterEach, expect, test } from 'vitest';
import { createBigQueryTableReader } from '../../../shared/adapters/gcp/table-reader.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type Loopback, listenToHttp } from './loopback.ts';

let server: Loopback;
afterEach(() => server.close());

/** A server that answers tables.get as BigQuery's REST reference has it; not compared with the real service. */
async function readerOf(status: number, answer: object, seen: (string | undefined)[] = []) {
  server = await listenToHttp((request, response) => {
    seen.push(request.url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  return createBigQueryTableReader({ projectId: 'edi', apiEndpoint: `http://${server.host}`, maxRetries: 0 });
}

test('reads names, types, modes and nested columns, under the names of standard SQL', async () => {
  const fields = [
    { name: 'event_key', type: 'STRING', mode: 'REQUIRED' },
    { name: 'schema_revision', type: 'INTEGER', mode: 'REQUIRED' },
    { name: 'price', type: 'FLOAT' },
    { name: 'flag', type: 'BOOLEAN', mode: 'NULLABLE', description: 'left out' },
    {
      name: 'data',
      type: 'STRUCT',
      mode: 'NULLABLE',
      fields: [{ name: 'labels', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'id', type: 'INT64' }] }],
    },
    { name: 'odd', type: 'GEOGRAPHY' },
  ];
  const seen: (string | undefined)[] = [];
  const reader = await readerOf(200, { kind: 'bigquery#table', schema: { fields } }, seen);
  expect(await reader.columns('events_raw', 'shop_order_v1')).toEqual([
    { name: 'event_key', type: 'STRING', mode: 'REQUIRED' },
    { name: 'schema_revision', type: 'INT64', mode: 'REQUIRED' },
    { name: 'price', type: 'FLOAT64', mode: 'NULLABLE' },
    { name: 'flag', type: 'BOOL', mode: 'NULLABLE' },
    {
      name: 'data',
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: [
        {
          name: 'labels',
          type: 'RECORD',
          mode: 'REPEATED',
          fields: [{ name: 'id', type: 'INT64', mode: 'NULLABLE' }],
        },
      ],
    },
    { name: 'odd', type: 'GEOGRAPHY', mode: 'NULLABLE' },
  ]);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toContain('/bigquery/v2/projects/edi/datasets/events_raw/tables/shop_order_v1');
});

test('answers a table without columns with none, and one that is not there with undefined', async () => {
  const empty = await readerOf(200, { kind: 'bigquery#table' });
  expect(await empty.columns('d', 't')).toEqual([]);
  await server.close();
  const reader = await readerOf(404, { error: { code: 404, message: 'Not found: Table edi:d.t', errors: [] } });
  expect(await reader.columns('d', 't')).toBeUndefined();
});

test('rejects with Unavailable for everything else', async () => {
  const reader = await readerOf(503, { error: { code: 503, message: 'busy', errors: [] } });
  await expect(reader.columns('d', 't')).rejects.toThrow(Unavailable);
});
