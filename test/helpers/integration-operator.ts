import { expect, vi } from 'vitest';
import { runCli } from '../../infra/cli/program.ts';
import { serveOperator } from '../../infra/local/operator-server.ts';
import { announceRunning } from '../../infra/local/running.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';
import { startIntegration } from './integration-deployment.ts';
import { makeScratchFolder } from './local-process.ts';

/** A deployment in this process, and the `edi` command for it, in this process, too. */
export type OperatedDeployment = Awaited<ReturnType<typeof startOperated>>;

export async function startOperated(...options: Parameters<typeof startIntegration>) {
  const deployment = await startIntegration(...options);
  const runtime = makeScratchFolder();
  const { url } = deployment;
  const operator = await serveOperator(deployment, 'token');
  // Where the command looks for running deployments.
  vi.stubEnv('XDG_RUNTIME_DIR', runtime.path);
  announceRunning({ url, operatorUrl: operator.url, token: 'token', dataFolder: runtime.path, processId: process.pid });
  return {
    ...deployment,
    /** What a command prints with `--json`. */
    async edi(...args: readonly string[]) {
      const io = makeCollectingIo();
      const exitCode = await runCli([...args, '--url', url, '--json'], io);
      expect(exitCode, `${args.join(' ')}: ${io.errText()}`).toBe(0);
      return JSON.parse(io.outText());
    },
    async stop() {
      vi.unstubAllEnvs();
      await operator.close();
      runtime.remove();
      await deployment.stop();
    },
  };
}
