import { afterEach, expect, test } from 'vitest';
import { createBigQueryStatements } from '../../../shared/adapters/gcp/table-statements.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import type { TableStatement } from '../../../shared/ports/table-statements.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type Loopback, listenToHttp } from './loopback.ts';

let server: Loopback;
afterEach(() => server.close());

const statement: TableStatement = {
  sql: (dialect) =>
    `DELETE FROM ${dialect.table('operations', 'quarantine')} WHERE kept_time < ${dialect.timestamp(dialect.parameter('to'))}`,
  parameters: { to: '2026-11-28T00:00:00Z' },
};

interface Answers {
  /** Status and message of jobs.getQueryResults. */
  readonly failure?: readonly [status: number, message: string];
  readonly asked?: JsonObject[];
}

/** A server that answers jobs.insert, jobs.getQueryResults and jobs.get as the REST reference has them; not compared with the service. */
async function statementsOf({ failure, asked = [] }: Answers = {}) {
  const jobReference = { projectId: 'edi', jobId: 'job', location: 'EU' };
  server = await listenToHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = parseJson(Buffer.concat(chunks).toString());
      if (isJsonObject(body)) asked.push(body);
      const json = (status: number, value: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (isJsonObject(body) && JSON.stringify(body).includes('"dryRun":true')) {
        return json(200, { jobReference, status: { state: 'DONE' }, statistics: { totalBytesProcessed: '123456' } });
      }
      if (request.method === 'POST') return json(200, { jobReference, status: { state: 'RUNNING' } });
      if (!(request.url ?? '').includes('/queries/')) {
        const statistics = { query: { numDmlAffectedRows: '7' } };
        return json(200, { jobReference, status: { state: 'DONE' }, statistics });
      }
      if (failure !== undefined) {
        const [code, message] = failure;
        return json(code, { error: { code, message, errors: [{ message }] } });
      }
      const schema = { fields: [{ name: 'rows', type: 'INTEGER', mode: 'NULLABLE' }] };
      return json(200, { jobComplete: true, jobReference, schema, rows: [{ f: [{ v: '3' }] }] });
    });
  });
  return createBigQueryStatements({
    ...{ projectId: 'edi', job: 'erase-subject', apiEndpoint: `http://${server.host}`, maxRetries: 0 },
  });
}

test('a change answers with the rows that its job changed, and passes values beside the text', async () => {
  const asked: JsonObject[] = [];
  const statements = await statementsOf({ asked });
  expect(await statements.change(statement)).toEqual({ kind: 'done', rows: 7 });
  expect(JSON.stringify(asked)).toContain('DELETE FROM `edi.operations.quarantine` WHERE kept_time < TIMESTAMP(@to)');
  expect(JSON.stringify(asked)).toContain('"parameterValue":{"value":"2026-11-28T00:00:00Z"}');
});

test('a count answers with the number that was selected', async () => {
  const statements = await statementsOf();
  expect(await statements.count(statement)).toEqual({ kind: 'done', rows: 3 });
});

test('the bytes of a statement are those of a dry run', async () => {
  const asked: JsonObject[] = [];
  const statements = await statementsOf({ asked });
  expect(await statements.bytesOf(statement)).toBe(123_456);
  expect(asked).toMatchObject([{ configuration: { dryRun: true } }]);
});

test.each([
  [[404, 'Not found: Table edi:operations.quarantine was not found'], 'no-table'],
  [[400, 'UPDATE or DELETE statement over table x would affect rows in the streaming buffer'], 'busy'],
  [[400, 'Could not serialize access to table x due to concurrent update'], 'busy'],
] as const)('%s is an outcome', async (failure, kind) => {
  const statements = await statementsOf({ failure });
  expect(await statements.change(statement)).toEqual({ kind });
});

test('anything else is unavailable, and says nothing of the statement', async () => {
  const statements = await statementsOf({ failure: [403, 'Access Denied: Table secret'] });
  const error = await statements.change(statement).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Unavailable);
  expect(String(error)).not.toContain('secret');
});

test('names of tables are plain', async () => {
  const statements = await statementsOf();
  const odd: TableStatement = { sql: (dialect) => `DELETE FROM ${dialect.table('operations', 'a` b')} WHERE TRUE` };
  await expect(statements.change(odd)).rejects.toThrow();
});
