import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type BundledFunction, bundleFunctions } from '../../../infra/bundle/build.ts';
import { freePort } from '../../../infra/local/emulators/ports.ts';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import { makeScratchFolder, projectFolder, waitFor } from '../../helpers/local-process.ts';

// A bundle as Cloud Run starts it: by functions-framework's own command, with the variables of its service.
const scratch = makeScratchFolder();
let heartbeat: BundledFunction<string>;
let waiting: BundledFunction<string>;
const command = createRequire(import.meta.url)
  .resolve('@google-cloud/functions-framework')
  .replace(/index\.js$/, 'main.js');

beforeAll(async () => {
  const bundles = await bundleFunctions(
    [
      { name: 'heartbeat', entryPoint: 'functions/heartbeat/main.ts' },
      { name: 'waiting', entryPoint: 'test/helpers/waiting-function.ts' },
    ],
    scratch.path,
  );
  for (const bundle of bundles) {
    if (bundle.name === 'heartbeat') heartbeat = bundle;
    else waiting = bundle;
  }
});
afterAll(() => scratch.remove());

async function start({ name, folder }: BundledFunction<string>, env: Readonly<Record<string, string>>) {
  const port = await freePort();
  const child = spawn(process.execPath, [command, `--target=${name}`, `--source=${folder}`], {
    env: {
      PATH: process.env['PATH'],
      NODE_PATH: join(projectFolder, 'node_modules'),
      NODE_ENV: 'production',
      NODE_OPTIONS: '--enable-source-maps',
      GOOGLE_CLOUD_PROJECT: 'test',
      PORT: String(port),
      ...env,
    },
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    ended,
    output: () => output,
    lines: () => output.split('\n').map(parseJson).filter(isJsonObject),
    begin: () => begin(port),
    call: async () => {
      const { finish, status } = await begin(port);
      finish();
      return status;
    },
  };
}

/** Begins a request as soon as somebody listens, and sends the end of its body when it is told to. */
async function begin(port: number) {
  return waitFor('the function listens', async () => {
    const outgoing = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': 2 } });
    const status = new Promise<number | undefined>((resolve) => {
      outgoing.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)));
      outgoing.on('error', () => resolve(undefined));
    });
    const isConnected = new Promise<boolean>((resolve) => {
      outgoing.once('socket', (socket) => socket.once('connect', () => resolve(true)));
      outgoing.once('error', () => resolve(false));
    });
    outgoing.write('{');
    return (await isConnected) ? { status, finish: () => outgoing.end('}') } : undefined;
  });
}

test('a missing setting is named in the log, and the place in our sources', async () => {
  const { call, lines } = await start(heartbeat, {});
  expect(await call()).toBe(503);
  const [line] = await waitFor('the log', () => {
    const found = lines().filter(({ message }) => message === 'the function cannot start');
    return found.length > 0 ? found : undefined;
  });
  expect(line).toMatchObject({ severity: 'ERROR', error: 'SettingError', problem: expect.stringMatching(/^EDI_\w+/) });
  expect(line?.['stack']).toMatch(/shared\/needs\/settings\.ts:\d+:\d+/);
});

describe('SIGTERM', () => {
  test('answers what is on its way and writes what is counted, then ends with 0', async () => {
    const { child, begin, ended, lines, output } = await start(waiting, {});
    const requests = [await begin(), await begin()];
    await waitFor(output, () => (lines().filter(({ message }) => message === 'began').length === 2 ? true : undefined));
    child.kill('SIGTERM');
    // Longer than an exit takes that waits for nobody.
    expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 300, 'goes on'))])).toBe('goes on');
    for (const request of requests) request.finish();
    expect(await Promise.all(requests.map(({ status }) => status))).toEqual([200, 200]);
    expect(await ended, output()).toBe(0);
    expect(lines().filter(({ message }) => message === 'counts')).toMatchObject([{ counts: { accepted: 2 } }]);
  });

  test('ends at once when nothing is on its way', async () => {
    const { child, call, ended } = await start(waiting, {});
    expect(await call()).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

test('the archive locks all that is installed, in the versions of our lockfile', () => {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
  const archive = read(join(heartbeat.folder, 'package-lock.json')).packages;
  const ours = read(join(projectFolder, 'package-lock.json')).packages;
  const own = read(join(heartbeat.folder, 'package.json'));
  expect(archive['']).toEqual(own);
  const places = Object.keys(archive).filter((place) => place !== '');
  expect(places).toContain('node_modules/express');
  expect(places.length).toBeGreaterThan(50);
  for (const place of places) {
    expect(archive[place].version, place).toBe(ours[place].version);
    expect(archive[place].integrity, place).toMatch(/^sha512-/);
    expect(archive[place].dev, place).toBeUndefined();
    const needs = { ...archive[place].dependencies };
    for (const name of Object.keys(needs)) {
      const found = places.some((one) => one === `node_modules/${name}` || one.endsWith(`/node_modules/${name}`));
      expect(found, `${name} of ${place}`).toBe(true);
    }
  }
  expect(existsSync(join(heartbeat.folder, 'node_modules'))).toBe(false);
});
