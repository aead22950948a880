import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '../../../shared/ports/clock.ts';
import { CliError } from '../cli-error.ts';
import { sleep } from '../sleep.ts';

export interface OwnDeployment {
  readonly url: string;
  /** Ends it and removes its data. Resolves when its process has ended. */
  stop(): Promise<void>;
}

const maxStartMillis = 30_000;
const maxStopMillis = 15_000;

/**
 * Starts an ephemeral deployment as a child process. It ends with this process however that ends, because its standard
 * input does; it has a process group of its own, so that Ctrl-C reaches it through this process only. Rejects with
 * `CliError` when it does not start.
 */
export async function startOwnDeployment(clock: Clock, signal: AbortSignal): Promise<OwnDeployment> {
  const program = join(import.meta.dirname, '..', '..', 'local', 'main.ts');
  const flags = ['--ephemeral', '--quiet', '--port', '0', '--drain-seconds', '0', '--until-stdin-ends'];
  const child = spawn(process.execPath, [program, ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = () => stopChild(child, ended, clock);
  const settled = new AbortController();
  const tooLong = sleep(clock, maxStartMillis, AbortSignal.any([signal, settled.signal]));
  const url = await Promise.race([readyUrl(child), ended, tooLong]);
  settled.abort();
  if (typeof url === 'string') return { url, stop };
  await stop();
  throw new CliError("a deployment of the demo's own did not start");
}

async function readyUrl({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) {
    const match = /^ready (http:\S+)$/.exec(line);
    if (match !== null) return match[1];
  }
  return undefined;
}

async function stopChild(child: ChildProcess, ended: Promise<void>, clock: Clock): Promise<void> {
  child.stdin?.end();
  const gone = new AbortController();
  ended.then(() => gone.abort());
  await sleep(clock, maxStopMillis, gone.signal);
  if (!gone.signal.aborted) child.kill('SIGKILL');
  await ended;
}
