import { expect, vi } from 'vitest';
import { runCli } from '../../infra/cli/program.ts';
import { serveOperator } from '../../infra/local/operator-server.ts';
import { announceRunning } from '../../infra/local/running.ts';
import type { DeliverySettings } from '../../infra/topology.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';
import { type IntegrationOptions, startIntegration } from './integration-deployment.ts';
import { promptKeyCache, startPromptErasing } from './integration-erasing.ts';
import { makeScratchFolder } from './local-process.ts';

/** A deployment in this process, and the `edi` command for it, in this process, too. */
export type OperatedDeployment = Awaited<ReturnType<typeof startOperated>>;

/** `promptErasures`: an erasure's cutoff comes after seconds, not minutes, in erase-subject and in what it counts on. */
export async function startOperated(
  delivery: Partial<DeliverySettings> = {},
  { promptErasures = false, ...options }: IntegrationOptions & { readonly promptErasures?: boolean } = {},
) {
  const started = await startIntegration(delivery, {
    ...options,
    settings: { ...options.settings, ...(promptErasures ? promptKeyCache : {}) },
  });
  const erasing = promptErasures ? await startPromptErasing(started) : undefined;
  const deployment = { ...started, ...(erasing && { operatorFunctions: erasing.operatorFunctions }) };
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
      await erasing?.close();
      await deployment.stop();
    },
  };
}
