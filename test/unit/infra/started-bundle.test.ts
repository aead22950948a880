import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BundledFunction, bundleFunctions } from '../../../infra/bundle/build.ts';
import { makeScratchFolder, projectFolder, waitFor } from '../../helpers/local-process.ts';
import { startBundle } from '../../helpers/started-bundle.ts';

// A bundle as Cloud Run starts it: by functions-framework's own command, with the variables of its service.
const scratch = makeScratchFolder();
let heartbeat: BundledFunction<string>;
let waiting: BundledFunction<string>;

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

test('a missing setting is named in the log, and the place in our sources', async () => {
  const { call, lines } = await startBundle(heartbeat, {});
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
    const { child, begin, ended, lines, output } = await startBundle(waiting, {});
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
    const { child, call, ended } = await startBundle(waiting, {});
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
