import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A queue that this process has to itself. */
export interface Lane {
  /** From 0 on. */
  readonly number: number;
  readonly folder: string;
  release(): void;
}

/** Processes that share a folder at once. */
const maxLanes = 1_024;

/**
 * Takes the first lane of a folder that nobody has. The lock is SQLite's on a file, which the system gives back however the
 * process ends, and which holds between containers of one machine: no process id has to be believed.
 */
export async function takeLane(folder: string): Promise<Lane> {
  for (let number = 0; number < maxLanes; number++) {
    const lane = await tryLane(folder, number);
    if (lane !== undefined) return lane;
  }
  throw new Error(`all ${maxLanes} lanes of ${folder} are taken; give processes folders of their own`);
}

/**
 * Further lanes that nobody has, one after the other: those of processes that died. Whoever takes one gives it back. One that
 * cannot be looked into keeps nobody from the others.
 */
export async function* takeLeftLanes(folder: string, own: number): AsyncGenerator<Lane> {
  const names = await readdir(folder);
  const numbers = names.flatMap((name) => /^lane-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  for (const number of numbers) {
    const lane = number === own ? undefined : await tryLane(folder, number).catch(() => undefined);
    if (lane !== undefined) yield lane;
  }
}

async function tryLane(parent: string, number: number): Promise<Lane | undefined> {
  const folder = join(parent, `lane-${number}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, 'lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { number, folder, release: () => lock.close() };
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  // SQLITE_BUSY and SQLITE_LOCKED (https://www.sqlite.org/rescode.html).
  return code === 5 || code === 6;
}
