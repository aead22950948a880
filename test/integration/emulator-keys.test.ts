import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../infra/cli/program.ts';
import { type OperatorServer, serveOperator } from '../../infra/local/operator-server.ts';
import { announceRunning } from '../../infra/local/running.ts';
import { type IntegrationDeployment, startIntegration, startTimeoutMillis } from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { makeScratchFolder, waitFor } from '../helpers/local-process.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

describeOnEmulators('edi keys of a deployment on the emulators', () => {
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

  async function keys(...args: readonly string[]) {
    const io = makeCollectingIo();
    const exitCode = await runCli(['keys', ...args, '--url', deployment.url, '--json'], io);
    expect(exitCode, io.errText()).toBe(0);
    return JSON.parse(io.outText());
  }

  const statusWith = async (key: string) => (await sendBatch(deployment.url, { events: [makeEvent()], key })).status;

  test('create, list and revoke go to Firestore, where the ingest process sees them in time', async () => {
    const { keyId, writeKey } = await keys('create', '--sdk', 'ios');
    expect(await statusWith(writeKey)).toBe(200);
    const { outcome, refusedWithinSeconds } = await keys('revoke', keyId);
    expect(outcome).toBe('revoked');
    await waitFor(
      'the revoked key to be refused',
      async () => ((await statusWith(writeKey)) === 401 ? true : undefined),
      refusedWithinSeconds * 1_000,
    );
    expect(await statusWith(deployment.writeKey)).toBe(200);
    const listed = await keys('list');
    expect(listed).toContainEqual({ keyId, sdk: 'ios', createdAt: expect.any(String), revokedAt: expect.any(String) });
    expect(JSON.stringify(listed)).not.toContain(writeKey.slice(-43));
    expect(readFileSync(deployment.logPath, 'utf8')).not.toContain(writeKey.slice(-43));
  }, 60_000);
});
