import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
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
}

/** A folder of the user's own, mode 0700. Throws when somebody else made it first. */
function runningFolder(): string {
  const { uid } = userInfo();
  const folder = join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `edi-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || (uid >= 0 && (stat.uid !== uid || (stat.mode & 0o077) !== 0))) {
    throw new Error(`${folder} must be a folder that only you can read; remove it and start again`);
  }
  return folder;
}

/** Announces a deployment in a file that only the user can read. The answer takes it back. */
export function announceRunning(deployment: RunningDeployment): () => void {
  const path = join(runningFolder(), `${new URL(deployment.url).port}.json`);
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(deployment), { mode: 0o600, flag: 'wx' });
  return () => {
    if (readDeployment(path)?.processId === deployment.processId) rmSync(path, { force: true });
  };
}

/** The announced deployments whose process is alive. */
export function findRunning(): RunningDeployment[] {
  const folder = runningFolder();
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
  return { url, operatorUrl, token, dataFolder, processId, ...(writeKeys ? { writeKeys } : {}) };
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
