import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type Exit, makeScratchFolder, projectFolder, type Spawned, spawnChild, waitFor } from './local-process.ts';

/** The whole deployment as a process of its own, as `npm start` runs it. */
export interface LocalProcess extends AsyncDisposable {
  /** Where ingest listens. */
  readonly url: string;
  readonly operatorUrl: string;
  readonly token: string;
  readonly dataFolder: string;
  /** The link to the live page, with its token; empty where there is none. */
  readonly livePageUrl: string;
  /** The file through which the command line finds the deployment. */
  readonly announcementPath: string;
  /** By SDK, where the deployment has made some: on the emulators. */
  readonly writeKeys: Readonly<Record<string, string>>;
  /** For a command line that shall find this deployment only. */
  readonly env: NodeJS.ProcessEnv;
  /** Process id of the node process. */
  readonly processId: number;
  /** What was started: node, or npm. */
  readonly child: Spawned;
  /** Everything printed so far. */
  output(): string;
  /** SIGTERM, then the exit. */
  stop(): Promise<Exit>;
  /** SIGKILL, then the exit. */
  kill(): Promise<Exit>;
}

export interface LocalProcessOptions {
  /** Default: `--ephemeral`. */
  readonly dataFolder?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default: `--quiet`. */
  readonly flags?: readonly string[];
  /** Through `npm start`, in a process group of its own. Default false. */
  readonly throughNpm?: boolean;
  /** Another checkout of this project, whose program runs. Default: this one. */
  readonly folder?: string;
  /** Variables of its environment beside what it gets anyway. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default 50,000. */
  readonly startTimeoutMillis?: number;
}

/** The command that starts a deployment, for `spawnChild`. */
export function localCommand(options: LocalProcessOptions) {
  const { dataFolder, port = 0, flags = ['--quiet'], throughNpm = false, folder = projectFolder } = options;
  const data = dataFolder === undefined ? ['--ephemeral'] : ['--data', dataFolder];
  const args = [...data, '--port', String(port), ...flags];
  return throughNpm
    ? { command: 'npm', args: ['start', '--', ...args], ownGroup: true }
    : { command: process.execPath, args: [...nodeFlags(folder), join(folder, 'infra/local/main.ts'), ...args] };
}

/** What `npm start` gives to Node. */
function nodeFlags(folder: string): string[] {
  const manifest: { readonly scripts?: { readonly start?: string } } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const [, flags = ''] = /\bnode ((?:--\S+ )*)infra\/local\/main\.ts$/.exec(manifest.scripts?.start ?? '') ?? [];
  return flags.split(' ').filter((flag) => flag !== '');
}

/** Starts a deployment and waits for its line `ready`. Rejects with what it printed when it exits instead. */
export async function startLocal(options: LocalProcessOptions = {}): Promise<LocalProcess> {
  const scratch = makeScratchFolder();
  const env = { XDG_RUNTIME_DIR: scratch.path, TMPDIR: scratch.path };
  const child = spawnChild({ ...localCommand(options), env: { ...env, ...options.env } });
  const url = await waitFor(
    'the line "ready"',
    () => {
      if (child.hasExited()) throw new Error(`exited before it was ready:\n${child.stdout()}${child.stderr()}`);
      return /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(child.stdout())?.[1];
    },
    options.startTimeoutMillis,
  );
  const announcement = readAnnouncement(join(scratch.path, `edi-${process.getuid?.() ?? -1}`));
  const end = async (signal: NodeJS.Signals) => {
    signalIfAlive(announcement.processId, signal);
    const exit = await child.exited;
    scratch.remove();
    return exit;
  };
  return {
    ...announcement,
    url,
    env,
    child,
    output: () => child.stdout() + child.stderr(),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

function signalIfAlive(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch {
    // It has exited.
  }
}

/** Clients find a deployment through a file; the test's has a folder for itself, so there is one. */
function readAnnouncement(folder: string) {
  const [name = ''] = readdirSync(folder);
  const announcementPath = join(folder, name);
  const value: JsonValue = JSON.parse(readFileSync(announcementPath, 'utf8'));
  const {
    operatorUrl,
    token,
    dataFolder,
    processId,
    writeKeys = {},
    livePageUrl = '',
  } = isJsonObject(value) ? value : {};
  if (typeof operatorUrl !== 'string' || typeof token !== 'string') throw new Error('not announced');
  if (typeof dataFolder !== 'string' || typeof processId !== 'number') throw new Error('not announced');
  const keys = isJsonObject(writeKeys) ? Object.entries(writeKeys).map(([sdk, key]) => [sdk, String(key)]) : [];
  const found = { announcementPath, operatorUrl, token, dataFolder, processId, livePageUrl: String(livePageUrl) };
  return { ...found, writeKeys: Object.fromEntries(keys) };
}
