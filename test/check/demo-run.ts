import { runCli } from '../../infra/cli/program.ts';
import type { LocalDeployment } from '../../infra/local/local-deployment.ts';
import { serveOperator } from '../../infra/local/operator-server.ts';
import { announceRunning } from '../../infra/local/running.ts';

/** Runs `edi demo` on a deployment in this process; answers its report. Rejects when a count is off. */
export async function runDemo(deployment: LocalDeployment, dataFolder: string): Promise<DemoReport> {
  const token = 'token';
  const { url, writeKeys } = deployment;
  const operator = await serveOperator(deployment, token);
  const found = { url, operatorUrl: operator.url, token, dataFolder, processId: process.pid };
  const retract = announceRunning({ ...found, ...(writeKeys ? { writeKeys } : {}) });
  let out = '';
  const output = (write: (text: string) => void) => ({
    write: async (text: string) => write(text),
    isTerminal: false,
    columns: undefined,
  });
  const io = {
    out: output((text) => {
      out += text;
    }),
    err: output((text) => process.stderr.write(text)),
    stdin: process.stdin,
    interrupted: () => new AbortController().signal,
  };
  const exitCode = await runCli(['demo', '--url', url, '--json'], io);
  retract();
  await operator.close();
  if (exitCode !== 0) throw new Error(`the demo failed: ${out}`);
  return JSON.parse(out);
}

export interface DemoReport {
  readonly run: { readonly idPrefix: string };
  readonly answered: { readonly accepted: number };
  readonly removedAsDuplicates: number;
}
