import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from './emulator-process.ts';
import { compileCache, makeScratchFolder } from './local-process.ts';
import { runSocketVariable } from './run-socket.ts';

// Vitest runs this file's `setup` once, before the first test file, in its own process.

const bundlesProgram = join(import.meta.dirname, 'build-bundles.ts');
/** Of the list of bundles, which names each source of each. */
const maxListBytes = 64 * 2 ** 20;

/**
 * Offers what all test files of a run can share, and what takes seconds of processor time to make: the functions' bundles,
 * which nobody changes, and emulators, in which each test has a project of its own. Each is made when the first file asks
 * (`askRun`), and is gone when the run ends.
 */
export async function setup(): Promise<() => Promise<void>> {
  const scratch = makeScratchFolder();
  const emulators: Promise<Emulator>[] = [];
  const start = async (kind: 'firestore' | 'pubsub') => {
    const starting = startEmulator(kind);
    emulators.push(starting);
    return { host: (await starting).host };
  };
  const made = new Map<string, Promise<string>>();
  const makers: Readonly<Record<string, () => Promise<string>>> = {
    '/bundles': () => buildBundles(join(scratch.path, 'bundles')),
    '/firestore': async () => JSON.stringify(await start('firestore')),
    '/pubsub': async () => JSON.stringify(await start('pubsub')),
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = made.get(path) ?? makers[path]?.() ?? Promise.reject(new Error(`a run has no ${path}`));
    made.set(path, answer);
    answer.then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  const socketPath = join(scratch.path, 'run');
  await once(server.listen(socketPath), 'listening');
  process.env[runSocketVariable] = socketPath;
  // Of what test files start: a function that is started again, and each deployment's functions, compile no more.
  process.env['NODE_COMPILE_CACHE'] ??= compileCache;
  // Bundles are made several times in a run: esbuild is Go, and collects its garbage less often.
  process.env['GOGC'] ??= '400';
  return async () => {
    server.close();
    server.closeAllConnections();
    await Promise.allSettled(emulators.map(async (starting) => (await starting).stop()));
    scratch.remove();
  };
}

/** In a process of its own: Vitest's has every test file's requests to answer. */
async function buildBundles(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [bundlesProgram, folder], { maxBuffer: maxListBytes });
  return stdout;
}
