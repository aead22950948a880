import { expect, test, vi } from 'vitest';
import { runCli } from '../../../../infra/cli/program.ts';
import { makeCollectingIo } from '../collecting-io.ts';

async function status(...args: readonly string[]) {
  const io = makeCollectingIo();
  return { exitCode: await runCli(['schema', 'status', ...args], io), err: io.errText() };
}

test('an environment is one of those that are declared, and names everything', async () => {
  expect(await status('--env', 'nowhere')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('local, dev, prod'),
  });
  expect(await status('--env', 'dev', '--project', 'my-project')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('names project, bucket and database already'),
  });
});

test('an environment that does not answer is a failure in one line', async () => {
  // Where nobody listens; the client library would look for credentials otherwise.
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', '127.0.0.1:1');
  const { exitCode, err } = await status('--env', 'dev');
  vi.unstubAllEnvs();
  expect(exitCode).toBe(1);
  expect(err.trim().split('\n')).toHaveLength(1);
});
