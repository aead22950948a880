import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../infra/local/emulators/ports.ts';

/** Google's emulators, from the gcloud CLI; both need Java. */
export type EmulatorKind = 'firestore' | 'pubsub';

export interface Emulator {
  /** `host:port`, as the clients and the environment variables want it. */
  readonly host: string;
  /** Stops every process of it (SIGSTOP): connections stay open and nothing answers. Not for one that was found running. */
  pause(): void;
  resume(): void;
  /** Kills every process of it, Java too. One that was found running is left alone. */
  stop(): Promise<void>;
}

/** The commands are those that gcloud runs: gcloud itself takes 1.5 s of processor time beside them. */
const kinds = {
  firestore: {
    hostVariable: 'FIRESTORE_EMULATOR_HOST',
    component: 'cloud-firestore-emulator',
    command:
      '"$EDI_COMPONENT/cloud_firestore_emulator" start --host=127.0.0.1 --port="$EDI_PORT" --database-mode=firestore-native',
  },
  pubsub: {
    hostVariable: 'PUBSUB_EMULATOR_HOST',
    component: 'pubsub-emulator',
    command: '"$EDI_COMPONENT/bin/cloud-pubsub-emulator" --host=127.0.0.1 --port="$EDI_PORT"',
  },
} as const;

export const emulatorStartTimeoutMillis = 300_000;

/** What keeps an emulator from being used on this machine; undefined when nothing does. */
export function emulatorProblem(kind: EmulatorKind): string | undefined {
  const { hostVariable, component } = kinds[kind];
  if (process.env[hostVariable]) return undefined;
  const folder = componentFolder(kind);
  if (folder === undefined) return `gcloud is not installed and ${hostVariable} is not set`;
  if (findProgram('java') === undefined) return `Java is not installed and ${hostVariable} is not set`;
  return existsSync(folder) ? undefined : `gcloud has no ${component}: run "gcloud components install ${component}"`;
}

/** Where gcloud puts an emulator that it has installed. */
function componentFolder(kind: EmulatorKind): string | undefined {
  const gcloud = findProgram('gcloud');
  return gcloud === undefined
    ? undefined
    : join(dirname(realpathSync(gcloud)), '..', 'platform', kinds[kind].component);
}

/** Starts an emulator on a free port, or answers with the one that its environment variable names. */
export async function startEmulator(kind: EmulatorKind): Promise<Emulator> {
  const { hostVariable, command } = kinds[kind];
  const running = process.env[hostVariable];
  if (running) return foundEmulator(running, hostVariable);
  const folder = await mkdtemp(join(tmpdir(), `edi-${kind}-emulator-`));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const guard = spawn('bash', ['-c', guardScript(command)], {
    env: {
      ...process.env,
      EDI_COMPONENT: componentFolder(kind),
      EDI_PORT: String(port),
      EDI_FOLDER: folder,
      JAVA_TOOL_OPTIONS: '-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(guard, 'exit');
  const [line] = await once(createInterface({ input: guard.stdout }), 'line');
  const group = -Number(line);
  const stop = async (): Promise<void> => {
    guard.stdin.end();
    await ended;
  };
  try {
    await answers(host);
  } catch {
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(
      `Google's ${kind} emulator did not start within ${emulatorStartTimeoutMillis} ms:\n${log.slice(-2_000)}`,
    );
  }
  return {
    host,
    pause: () => void process.kill(group, 'SIGSTOP'),
    resume: () => void process.kill(group, 'SIGCONT'),
    stop,
  };
}

/**
 * Runs the emulator in a process group of its own, says the group's number, and kills all of it when its standard input
 * ends: when the test says so, and also when the test's process dies, however it dies.
 */
function guardScript(command: string): string {
  return `trap '' INT TERM HUP
set -m
${command} > "$EDI_FOLDER/log" 2>&1 < /dev/null &
group=$!
echo "$group"
exec > /dev/null 2>&1
read -r _
kill -KILL -- "-$group"
wait
rm -rf "$EDI_FOLDER"`;
}

function foundEmulator(host: string, hostVariable: string): Emulator {
  const refuse = (): never => {
    throw new Error(`the emulator of ${hostVariable} is somebody else's: unset the variable for this test`);
  };
  return { host, pause: refuse, resume: refuse, stop: async () => undefined };
}

async function answers(host: string): Promise<void> {
  const deadline = Date.now() + emulatorStartTimeoutMillis;
  for (;;) {
    try {
      await fetch(`http://${host}/`, { signal: AbortSignal.timeout(1_000) });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
