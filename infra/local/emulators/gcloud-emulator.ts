import { spawn } from 'node:child_process';
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

/** An emulator of one person runs for minutes: Java's second compiler and its parallel collector cost more than they bring. */
const javaOptions = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1';

/**
 * Runs gcloud until standard input ends, which it does when this process says so and also when this process dies, however
 * it dies. Then all of gcloud's process group is killed: it starts a shell that starts Java. The emulators keep nothing,
 * so there is nothing to finish. Job control (`set -m`) gives gcloud a group that is named like its process.
 */
const guardScript = `set -m
gcloud "$@" < /dev/null > /dev/null 2>&1 &
gcloud=$!
{ read -r _; kill -KILL -- "-$gcloud"; } &
wait "$gcloud"
status=$?
kill -KILL -- "-$!"
exit "$status"`;

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
  // A group of its own, which a Ctrl-C does not reach, so that the functions can drain first.
  const child = spawn('bash', ['-c', guardScript, 'gcloud', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { JAVA_TOOL_OPTIONS: javaOptions, ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.stdin.end();
    await ended;
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
