import type { Readable } from 'node:stream';
import { systemClock } from '../../shared/adapters/system-clock.ts';

/** An output of a command: text, and what is known of who reads it. */
export interface Output {
  /** Resolves when more may be written, so that a slow reader slows the writer. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  /** Width of the terminal; undefined when it is none. */
  readonly columns: number | undefined;
}

/** What a command has of the process that it runs in. */
export interface CommandIo {
  readonly out: Output;
  readonly err: Output;
  readonly stdin: Readable;
  /** From the first call on, Ctrl-C aborts the signal instead of ending the process. */
  readonly interrupted: () => AbortSignal;
}

/** npm hands a Ctrl-C on a second time at once; only a later one means that the command itself is to be given up. */
const secondSignalMillis = 1_000;
/** Exit code of a program that was ended by SIGINT, as shells have it. */
export const interruptedExitCode = 130;

/** The streams and signals of this process. */
export function processIo(): CommandIo {
  let controller: AbortController | undefined;
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    stdin: process.stdin,
    interrupted() {
      controller ??= abortOnSignals();
      return controller.signal;
    },
  };
}

function abortOnSignals(): AbortController {
  const controller = new AbortController();
  let firstMillis: number | undefined;
  const onSignal = () => {
    const nowMillis = systemClock.nowMillis();
    firstMillis ??= nowMillis;
    controller.abort();
    if (nowMillis - firstMillis >= secondSignalMillis) process.exit(interruptedExitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller;
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // The reader of a pipe (`| head`) may leave before everything is written, which is no failure; or the terminal (EIO).
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    write(text) {
      if (stream.write(text)) return Promise.resolve();
      return new Promise((resolve) => stream.once('drain', resolve));
    },
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined;
    },
  };
}
