import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FunctionName } from '../../../functions/index.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { waitForPort } from './ports.ts';
import { pushPathVariable } from './push-path.ts';

export interface SupervisedFunction {
  readonly name: FunctionName;
  /** Where it takes requests: of a function that takes pushes with their path. */
  readonly url: string;
  /** Of the process that runs now; tests kill it. */
  processId(): number | undefined;
  /** Lets it answer what it has begun, for `graceMillis` at most, and keeps it ended. */
  stop(graceMillis: number): Promise<void>;
}

export interface SupervisorOptions {
  readonly name: FunctionName;
  readonly bundleFolder: string;
  readonly port: number;
  /** Where pushes come; absent for a function that clients call. */
  readonly pushPath?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Takes each line that the function logs. */
  readonly onLine: (line: string) => void;
}

const restartMillis = 100;
const projectPackages = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const program = join(import.meta.dirname, 'function-process.ts');

/** Runs a function as a process of its own and starts it again when it dies, as Cloud Functions does. */
export async function superviseFunction(options: SupervisorOptions): Promise<SupervisedFunction> {
  const { name, port, pushPath, clock } = options;
  let stopping = false;
  let child = start();

  function start(): ChildProcess {
    const started = spawn(process.execPath, [program, options.bundleFolder, name, String(port)], {
      // The channel closes with this process, however it ends, and the function with it.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A bundle leaves functions-framework outside; its folder may lie anywhere.
      env: {
        ...process.env,
        NODE_PATH: projectPackages,
        ...options.environment,
        ...(pushPath === undefined ? {} : { [pushPathVariable]: pushPath }),
      },
    });
    if (started.stdout) createInterface({ input: started.stdout }).on('line', options.onLine);
    if (started.stderr) createInterface({ input: started.stderr }).on('line', options.onLine);
    started.once('exit', () => {
      if (!stopping) clock.after(restartMillis, restart);
    });
    return started;
  }

  function restart(): void {
    if (!stopping) child = start();
  }

  await waitForPort(port, () =>
    child.exitCode === null ? undefined : `${name} ended with exit code ${child.exitCode}`,
  );
  return {
    name,
    url: `http://127.0.0.1:${port}${pushPath ?? ''}`,
    processId: () => child.pid,
    async stop(graceMillis) {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const cancel = clock.after(graceMillis, () => child.kill('SIGKILL'));
      await gone;
      cancel();
    },
  };
}
