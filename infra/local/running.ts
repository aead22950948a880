import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';

/** How another process of the same user finds a running local deployment and its operator endpoint. */
export interface RunningDeployment {
  /** Where ingest listens. */
  readonly url: string;
  /** Where status, query and tail are. */
  readonly operatorUrl: string;
  /** Bearer token of the operator endpoint. */
  readonly token: string;
  readonly dataFolder: string;
  readonly processId: number;
  /** By SDK, where the development key is not taken. */
  readonly writeKeys?: Readonly<Record<string, string>>;
  /** The link to the live page, with its token. */
  readonly livePageUrl?: string;
}

// Not `userInfo()`, which throws for a user that the machine has no name for, as in containers. Windows has no number.
const userId = process.getuid?.() ?? -1;

/** A folder of the user's own, mode 0700, which may not exist yet. Throws when somebody else made it first. */
function runningFolder(): string {
  const folder = join(temporaryFolder(), `edi-${userId}`);
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return folder;
  if (!stat.isDirectory() || (userId >= 0 && (stat.uid !== userId || (stat.mode & 0o077) !== 0))) {
    throw new Error(`${folder} must be a folder that only you can read; remove it and start again`);
  }
  return folder;
}

/** The session's folder where there is one. Inherited from another user's session it can be missing, or closed to us. */
function temporaryFolder(): string {
  const sessionFolder = process.env['XDG_RUNTIME_DIR'];
  if (sessionFolder === undefined) return tmpdir();
  try {
    accessSync(sessionFolder, constants.W_OK);
    return sessionFolder;
  } catch {
    return tmpdir();
  }
}

/** Announces a deployment in a file that only the user can read. The answer takes it back. */
export function announceRunning(deployment: RunningDeployment): () => void {
  const folder = runningFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${new URL(deployment.url).port}.json`);
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(deployment), { mode: 0o600, flag: 'wx' });
  return () => {
    if (readDeployment(path)?.processId === deployment.processId) rmSync(path, { force: true });
  };
}

/** The announced deployments whose process is alive. */
export function findRunning(): RunningDeployment[] {
  const folder = runningFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const deployment = readDeployment(join(folder, name));
    return deployment !== undefined && isAlive(deployment.processId) ? [deployment] : [];
  });
}

function readDeployment(path: string): RunningDeployment | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { url, operatorUrl, token, dataFolder, processId } = value;
  if (typeof url !== 'string' || typeof operatorUrl !== 'string' || typeof token !== 'string') return undefined;
  if (typeof dataFolder !== 'string' || typeof processId !== 'number') return undefined;
  const writeKeys = readWriteKeys(value['writeKeys']);
  const { livePageUrl } = value;
  return {
    ...{ url, operatorUrl, token, dataFolder, processId },
    ...(writeKeys ? { writeKeys } : {}),
    ...(typeof livePageUrl === 'string' ? { livePageUrl } : {}),
  };
}

function readWriteKeys(value: JsonValue | undefined): Record<string, string> | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([sdk, key]) => (typeof key === 'string' ? [[sdk, key]] : [])),
  );
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
