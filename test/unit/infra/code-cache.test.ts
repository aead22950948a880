import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveOf, bundleFunctions } from '../../../infra/bundle/build.ts';
import { readCache, writeCache } from '../../../infra/bundle/code-cache.ts';
import { makeScratchFolder, waitFor } from '../../helpers/local-process.ts';
import { startBundle } from '../../helpers/started-bundle.ts';

// An archive as Cloud Build gets it, with the code cache that its npm buildpack has it write.
const scratch = makeScratchFolder();
const unpacked = join(scratch.path, 'unpacked');
let archive: Uint8Array;

beforeAll(async () => {
  const entryPoint = 'functions/heartbeat/main.ts';
  for (const bundle of await bundleFunctions([{ name: 'heartbeat', entryPoint }], join(scratch.path, 'built'))) {
    archive = readFileSync(archiveOf(bundle).zipPath);
  }
  mkdirSync(unpacked);
  for (const [name, bytes] of Object.entries(unzipSync(archive))) writeFileSync(join(unpacked, name), bytes);
  expect(gcpBuild(unpacked)).toMatch(/^code cache for Node v24\.\d+\.\d+: \d+ KiB$/m);
});
afterAll(() => scratch.remove());

/** Throws if it fails, as a deployment would. */
function gcpBuild(folder: string): string {
  return execFileSync('npm', ['run', 'gcp-build'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

let copies = 0;
function copy(): string {
  const folder = join(scratch.path, `copy-${++copies}`);
  cpSync(unpacked, folder, { recursive: true });
  return folder;
}

/** What the log says of the cache when the function answers, and a stack trace of it. */
async function start(folder: string, nodeFlags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { call, lines } = await startBundle({ name: 'heartbeat', folder }, env, nodeFlags);
  // No settings: it says so by an error.
  expect(await call()).toBe(503);
  const error = await waitFor('the error', () => lines().find(({ error }) => error === 'SettingError'));
  return { cache: lines().filter(({ message }) => message === 'the code cache is not used'), stack: error['stack'] };
}

const named = /shared\/needs\/settings\.ts:\d+:\d+[\s\S]*shared\/needs\/open-ports\.ts:\d+:\d+/;

function damage(folder: string, change: (bytes: Buffer) => Buffer): void {
  const file = join(folder, 'function.cache');
  writeFileSync(file, change(readFileSync(file)));
}

test('is used', async () => {
  expect(await start(unpacked)).toEqual({ cache: [], stack: expect.stringMatching(named) });
});

test('is used with the limit of the heap that the buildpack of Node adds', async () => {
  const env = { NODE_OPTIONS: '--max-old-space-size=409' };
  expect(await start(unpacked, [], env)).toEqual({ cache: [], stack: expect.stringMatching(named) });
});

test('is used with source maps of Node itself', async () => {
  const env = { NODE_OPTIONS: '--enable-source-maps' };
  expect(await start(unpacked, [], env)).toEqual({ cache: [], stack: expect.stringMatching(named) });
});

test('may be missing', async () => {
  const folder = copy();
  rmSync(join(folder, 'function.cache'));
  expect(await start(folder)).toEqual({ cache: [], stack: expect.stringMatching(named) });
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['cut off', (bytes) => bytes.subarray(0, bytes.length >> 1)],
  ['empty', () => Buffer.alloc(0)],
  ['another file', () => Buffer.from('no cache')],
  [
    'another byte in the middle',
    (bytes) => {
      const middle = bytes.length >> 1;
      return bytes.fill(~(bytes[middle] ?? 0), middle, middle + 1);
    },
  ],
])('is left alone when it is damaged: %s', async (_, change) => {
  const folder = copy();
  damage(folder, change);
  expect(await start(folder)).toEqual({
    cache: [{ severity: 'WARNING', message: 'the code cache is not used', problem: 'it is damaged' }],
    stack: expect.stringMatching(named),
  });
});

test('is left alone when the bundle is another one', async () => {
  const folder = copy();
  const file = join(folder, 'function.js');
  writeFileSync(file, readFileSync(file, 'utf8').replace('must be set`', 'must be SET`'));
  expect((await start(folder)).cache).toMatchObject([{ problem: 'it is damaged' }]);
});

test('is left alone by another V8', async () => {
  const folder = copy();
  const source = readFileSync(join(folder, 'function.js'));
  const data = readCache(folder, source);
  if (!Buffer.isBuffer(data)) throw new Error(`there is no cache: ${data}`);
  // V8's version, behind its magic number.
  data.fill(~(data[4] ?? 0), 4, 5);
  writeCache(folder, source, data);
  expect(await start(folder)).toEqual({
    cache: [expect.objectContaining({ problem: expect.stringMatching(/^it is not of Node v24\S+ with these flags$/) })],
    stack: expect.stringMatching(named),
  });
});

test('is left alone with other flags', async () => {
  expect(await start(unpacked, ['--no-opt'])).toEqual({
    cache: [expect.objectContaining({ problem: expect.stringMatching(/with these flags$/) })],
    stack: expect.stringMatching(named),
  });
});

test('a build that cannot write one goes on, and says why', async () => {
  const folder = copy();
  rmSync(join(folder, 'function.cache'));
  mkdirSync(join(folder, 'function.cache'));
  const output = execFileSync('sh', ['-c', 'npm run gcp-build 2>&1'], { cwd: folder, encoding: 'utf8' });
  expect(output).toContain('EISDIR');
  expect(output).toContain('no code cache: the function only starts slower');
  expect(await start(folder)).toEqual({ cache: [], stack: expect.stringMatching(named) });
});

test('a stack trace has places in the bundle where the source map is missing', async () => {
  const folder = copy();
  rmSync(join(folder, 'function.js.map'));
  expect((await start(folder)).stack).toMatch(/ at \S+ .*function\.js:\d+:\d+\)/);
});

test('is not part of an archive, and is gone when its folder is built again', async () => {
  const folder = join(scratch.path, 'built', 'heartbeat');
  const bundle = { name: 'heartbeat', folder, sources: [] };
  gcpBuild(folder);
  expect(existsSync(join(folder, 'function.cache'))).toBe(true);
  expect(readFileSync(archiveOf(bundle).zipPath).equals(archive)).toBe(true);
  const entryPoint = 'functions/heartbeat/main.ts';
  await bundleFunctions([{ name: 'heartbeat', entryPoint }], join(scratch.path, 'built'));
  expect(existsSync(join(folder, 'function.cache'))).toBe(false);
});
