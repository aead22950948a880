import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { freePort, waitForPort } from './ports.ts';

export type EmulatorKind = 'pubsub' | 'firestore';

export interface Emulator {
  /** `127.0.0.1:PORT`, or what the environment names. */
  readonly host: string;
  /** Ends it and everything that it started; does nothing to one that was running before. */
  stop(): Promise<void>;
}

/** Where Google's clients, and we, look for a running emulator. */
export const hostVariables: Readonly<Record<EmulatorKind, string>> = {
  pubsub: 'PUBSUB_EMULATOR_HOST',
  firestore: 'FIRESTORE_EMULATOR_HOST',
};

const commands: Readonly<Record<EmulatorKind, readonly string[]>> = {
  pubsub: ['beta', 'emulators', 'pubsub', 'start'],
  firestore: ['emulators', 'firestore', 'start'],
};
const killAfterMillis = 3_000;

/** What keeps the emulators from running on this machine; undefined when nothing does. */
export function missingForEmulators(): string | undefined {
  for (const command of ['gcloud', 'java']) {
    const found = spawnSync(command, ['--version'], { stdio: 'ignore' });
    if (found.error !== undefined) return `${command} is not installed`;
  }
  return undefined;
}

/**
 * Uses the emulator that the environment names, or starts Google's own on a free port of 127.0.0.1. Rejects when it does
 * not listen within a minute.
 */
export async function startEmulator(kind: EmulatorKind, projectId: string): Promise<Emulator> {
  const running = process.env[hostVariables[kind]];
  if (running !== undefined && running !== '') return { host: running, stop: async () => {} };
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const args = [...commands[kind], `--project=${projectId}`, `--host-port=${host}`];
  // A group of its own: gcloud starts a shell that starts Java, and all of them have to end. A Ctrl-C does not reach it,
  // so that the functions can drain first.
  const child = spawn('gcloud', args, {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
  });
  // Whatever ends this process, but SIGKILL, ends the emulator.
  const onExit = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', onExit);
  const stop = async () => {
    await stopGroup(child);
    process.off('exit', onExit);
  };
  try {
    await waitForPort(port, () =>
      child.exitCode === null ? undefined : `gcloud ended with exit code ${child.exitCode}; try the command by hand`,
    );
  } catch (error) {
    await stop();
    throw new Error(`the ${kind} emulator does not start: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  return { host, stop };
}

async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), killAfterMillis);
  await gone;
  clearTimeout(timer);
  // gcloud may end before the Java process that it started.
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}
