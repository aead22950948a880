import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../infra/cli/program.ts';
import { type OperatorServer, serveOperator } from '../../infra/local/operator-server.ts';
import { announceRunning } from '../../infra/local/running.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { type IntegrationDeployment, startIntegration, startTimeoutMillis } from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { makeEvent, sendBatch, trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
import { makeScratchFolder, projectFolder, waitFor } from '../helpers/local-process.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

// What was refused is replayed after its schema was mended, with the run and its marks in Firestore.
describeOnEmulators('edi replay of a deployment on the emulators', () => {
  const runtime = makeScratchFolder();
  let deployment: IntegrationDeployment;
  let operator: OperatorServer;

  beforeAll(async () => {
    deployment = await startIntegration();
    operator = await serveOperator(deployment, 'token');
    // Where the command looks for running deployments.
    vi.stubEnv('XDG_RUNTIME_DIR', runtime.path);
    const { url } = deployment;
    const found = { url, operatorUrl: operator.url, token: 'token', dataFolder: runtime.path };
    announceRunning({ ...found, processId: process.pid });
  }, startTimeoutMillis);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await operator.close();
    await deployment.stop();
    runtime.remove();
  }, startTimeoutMillis);

  async function edi(...args: readonly string[]) {
    const io = makeCollectingIo();
    const exitCode = await runCli([...args, '--url', deployment.url, '--json'], io);
    expect(exitCode, io.errText()).toBe(0);
    return JSON.parse(io.outText());
  }

  async function rows(sql: string) {
    const found = await runReadOnlyQuery(deployment.warehouse, sql, { maxRows: 100, timeoutMillis: 10_000 });
    return found.kind === 'rows' ? found.rows : found.reason;
  }

  const listed = async () => (await edi('quarantine', 'list', '--reason', 'schema'))[0];

  test('a refused event is listed, told about in a dry run, and in its table once after it was replayed', async () => {
    const long = { ...trackPlayedData(), track: { track_id: 'x'.repeat(100) } };
    const event = makeEvent({ data: long });
    const send = () => sendBatch(deployment.url, { events: [event], key: deployment.writeKey });
    expect(JSON.parse((await send()).text)).toMatchObject({ accepted: 0 });
    await send();
    await waitFor(
      'both rows in quarantine',
      async () => ((await listed())?.occurrences === 2 ? true : undefined),
      60_000,
    );
    expect(await listed()).toMatchObject({ events: 1, occurrences: 2, replayed: 0 });
    const replay = ['replay', '--reason', 'schema'];
    expect(await edi(...replay)).toMatchObject({ replayed: 0, refused: { schema: 1 } });

    const name = 'playback/track-played.v1.json';
    const text = readFileSync(join(projectFolder, 'schemas', name), 'utf8');
    await deployment.schemas.upload(name, Buffer.from(text.replace('"maxLength": 64', '"maxLength": 200')));
    const would = { replayed: 1, replayedBefore: 0, refused: {}, dryRun: true, more: false };
    await waitFor(
      'the mended schema',
      async () => ((await edi(...replay, '--dry-run')).replayed === 1 ? true : undefined),
      60_000,
    );
    expect(await edi(...replay, '--dry-run')).toEqual(would);
    expect(await edi(...replay)).toEqual({ ...would, dryRun: false });
    expect(await edi(...replay)).toEqual({ ...would, dryRun: false, replayed: 0, replayedBefore: 1 });
    const sql = `SELECT data.track.track_id FROM events.${trackPlayedTable} WHERE event_id = '${event.id}'`;
    await waitFor('the row', async () => ((await rows(sql)).length > 0 ? true : undefined), 60_000);
    expect(await rows(sql)).toEqual([['x'.repeat(100)]]);
    await waitFor('what was replayed', async () => ((await listed())?.replayed === 1 ? true : undefined), 60_000);
  }, 240_000);
});
