import { spawn } from 'node:child_process';

/** A program to run. */
interface ProcessCall {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `shown` where people see it, or `taken` for the answer. What it says of errors is shown, or taken, likewise. */
  readonly output: 'shown' | 'taken';
  /** It is ended when it takes longer. Default: never. */
  readonly timeoutMillis?: number;
}

export interface ProcessEnd {
  /** Undefined where there is no such program, or where it was ended. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Somebody pressed Ctrl-C meanwhile; the program was told, once, and ended by itself. */
  readonly interrupted: boolean;
}

/** Runs a program to its end. Never rejects. */
export type RunProcess = (call: ProcessCall) => Promise<ProcessEnd>;

/** npm hands a Ctrl-C on a second time at once, which Terraform takes for "give up, lose the state if need be". */
const secondSignalMillis = 1_000;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Programs of this machine. Each is in a process group of its own, so that Ctrl-C reaches it through this process alone, as one
 * SIGINT; a second one only where somebody presses it again later.
 */
export const runProcess: RunProcess = ({ command, args, env = {}, output, timeoutMillis }) =>
  new Promise((resolve) => {
    const stream = output === 'shown' ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      stdio: ['ignore', stream, stream],
      env: { ...process.env, ...env },
      detached: true,
      ...(timeoutMillis === undefined ? {} : { timeout: timeoutMillis }),
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    let lastMillis: number | undefined;
    const onSignal = () => {
      const nowMillis = performance.now();
      if (lastMillis !== undefined && nowMillis - lastMillis < secondSignalMillis) return;
      lastMillis = nowMillis;
      child.kill('SIGINT');
    };
    for (const signal of signals) process.on(signal, onSignal);
    const end = (status: number | null | undefined) => {
      for (const signal of signals) process.off(signal, onSignal);
      resolve({ status: status ?? undefined, ...texts, interrupted: lastMillis !== undefined });
    };
    child.once('error', () => end(undefined));
    child.once('close', end);
  });
