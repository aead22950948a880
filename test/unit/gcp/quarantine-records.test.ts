import { afterEach, expect, test } from 'vitest';
import { createBigQueryQuarantineRecords } from '../../../shared/adapters/gcp/quarantine-records.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type Loopback, listenToHttp } from './loopback.ts';

let server: Loopback;
afterEach(() => server.close());

const names = ['record_key', 'seal', 'superseded', 'sdk', 'reason', 'type', 'enc', 'enc_sequence', 'payload'];
const fields = [...names, 'received', 'sent', 'kept'].map((name) => {
  const type =
    name === 'superseded' ? 'BOOLEAN' : /^(enc_sequence|received|sent|kept)$/.test(name) ? 'INTEGER' : 'STRING';
  return { name, type, mode: 'NULLABLE' };
});
const rowOf = (at: number) => ({
  f: [`k-${at}`, `s-${at}`, 'false', null, 'schema', null, 'e', '7', 'p', '1000', null, '2000'].map((v) => ({ v })),
});

/** A server that answers jobs.insert and jobs.getQueryResults as the REST reference has them; not compared with the service. */
async function recordsOf(answers: readonly (readonly number[])[][], queries: string[] = []) {
  let job = -1;
  server = await listenToHttp((request, response) => {
    const json = (value: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const jobReference = { projectId: 'edi', jobId: `job-${Math.max(job, 0)}`, location: 'EU' };
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        job += 1;
        queries.push(JSON.parse(Buffer.concat(chunks).toString()).configuration.query.query);
        json({ jobReference: { ...jobReference, jobId: `job-${job}` }, status: { state: 'RUNNING' } });
      });
      return;
    }
    const token = Number(new URL(request.url ?? '', 'http://x').searchParams.get('pageToken') ?? '0');
    const pages = answers[job] ?? [[]];
    const next = token + 1 < pages.length ? { pageToken: String(token + 1) } : {};
    json({ jobComplete: true, jobReference, schema: { fields }, rows: (pages[token] ?? []).map(rowOf), ...next });
  });
  return createBigQueryQuarantineRecords({
    projectId: 'edi',
    dataset: 'operations',
    tables: { records: 'quarantine', replayed: 'replayed' },
    apiEndpoint: `http://${server.host}`,
    maxQueryRecords: 3,
    maxRetries: 0,
  });
}

test('a query serves several pages, and the next goes on after its last record', async () => {
  const queries: string[] = [];
  const records = await recordsOf([[[1, 2], [3]], [[4]]], queries);
  const pages: string[][] = [];
  for await (const page of records.read({ reason: 'schema' })) pages.push(page.map(({ recordKey }) => recordKey));
  expect(pages).toEqual([['k-1', 'k-2'], ['k-3'], ['k-4']]);
  expect(queries).toHaveLength(2);
  expect(queries[0]).toContain('`edi.operations.quarantine`');
  expect(queries[0]).toContain("reason = 'schema'");
  expect(queries[1]).toContain("(seal > 's-3' OR (seal = 's-3' AND record_key > 'k-3'))");
});

test('a record has its numbers and leaves out what is null', async () => {
  const records = await recordsOf([[[1]]]);
  for await (const page of records.read({})) {
    expect(page).toEqual([
      {
        recordKey: 'k-1',
        seal: 's-1',
        superseded: false,
        reason: 'schema',
        enc: 'e',
        encSequence: 7,
        payload: 'p',
        receivedAtMillis: 1_000,
        keptAtMillis: 2_000,
      },
    ]);
  }
});

test('rejects with Unavailable, which quotes no query, where BigQuery refuses', async () => {
  server = await listenToHttp(
    (_, response) => void response.writeHead(403).end('{"error":{"code":403,"message":"no"}}'),
  );
  const tables = { records: 'quarantine', replayed: 'replayed' };
  const endpoint = { projectId: 'edi', apiEndpoint: `http://${server.host}`, maxRetries: 0 };
  const records = createBigQueryQuarantineRecords({ ...endpoint, dataset: 'operations', tables });
  const asked = records.groups({ reason: 'schema' });
  await expect(asked).rejects.toThrow(Unavailable);
  await expect(asked).rejects.not.toThrow(/schema/);
});
