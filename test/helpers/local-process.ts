import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The project's root. */
export const projectFolder = resolve(import.meta.dirname, '..', '..');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process whose output is kept. */
export interface Spawned {
  readonly processId: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
  signal(name: NodeJS.Signals): void;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** In a process group of its own, as a shell starts a job. Default false. */
  readonly ownGroup?: boolean;
}

/** As the scripts of package.json say. */
export const compileCache = join(projectFolder, 'node_modules/.cache/node');

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a child in the project's folder. It is killed when this process ends, if it still runs. */
export function spawnChild({ command, args, env = {}, ownGroup = false }: SpawnOptions): Spawned {
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
  });
  alive.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<Exit>((settle, reject) => {
    child.once('error', reject);
    // `close` comes after the last output.
    child.once('close', (code, signal) => {
      alive.delete(child);
      settle({ code, signal });
    });
  });
  return {
    processId: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    hasExited: () => !alive.has(child),
    signal: (name) => {
      child.kill(name);
    },
  };
}

/** A folder of its own below the machine's temporary folder, and how to remove it. */
export function makeScratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'edi-test-'));
  // A process that was killed may leave its children at work in it for a moment.
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** Asks again every 20 ms until the answer is not undefined. Rejects with what was awaited when the time is over. */
export async function waitFor<T>(
  what: string | (() => string),
  ask: () => T | undefined | Promise<T | undefined>,
  timeoutMillis = 120_000,
): Promise<T> {
  const endMillis = Date.now() + timeoutMillis;
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > endMillis) {
      throw new Error(`waited ${timeoutMillis} ms in vain: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((settle) => setTimeout(settle, 20));
  }
}
