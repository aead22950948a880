import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchLegacyFolder } from '../../../infra/local/legacy-folder.ts';
import type { LegacyUploads } from '../../../infra/local/legacy-uploads.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

const startMillis = Date.UTC(2026, 0, 1);
/** Within a second, which is the default, a loaded machine may not have looked. */
const patient = { timeout: 30_000 };
let root: string;
let stop = () => {};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edi-legacy-folder-'));
  for (const folder of ['in/tv', 'schemas/legacy']) mkdirSync(join(root, folder), { recursive: true });
});

afterEach(() => {
  stop();
  rmSync(root, { recursive: true, force: true });
});

/** A watched folder whose uploads are remembered as a deployment does: by name, and when the file was changed. */
function watched() {
  const clock = createManualClock(startMillis);
  const [calls, lines]: [string[], string[]] = [[], []];
  const stored = new Set<string>();
  const mappings = new Map<string, string>();
  const versionOf = (path: string) => `${path} ${statSync(path).mtimeMs}`;
  const legacy: LegacyUploads = {
    async upload({ name, mapping, path }) {
      stored.add(versionOf(path));
      mappings.set(name, mapping);
      calls.push(`upload ${name} ${basename(path)} ${mapping}`);
      return { key: '', sizeBytes: 0 };
    },
    async putMapping(name, mapping) {
      const isNew = mappings.get(name) !== mapping;
      mappings.set(name, mapping);
      return isNew;
    },
    async remind({ path }) {
      calls.push(`remind ${basename(path)}`);
    },
    has: async ({ path }) => stored.has(versionOf(path)),
    state: async () => undefined,
    states: async () => [],
  };
  const [folder, schemaFolder] = [join(root, 'in'), join(root, 'schemas')];
  const start = () => watchLegacyFolder({ folder, schemaFolder, legacy, clock, tell: (line) => void lines.push(line) });
  stop = start();
  /** One look at the folder, to its end: then it waits for the next. */
  async function look(): Promise<void> {
    clock.advance(1_000);
    await vi.waitFor(() => expect(clock.pendingTasks()).toBe(1), patient);
  }
  return { calls, lines, clock, look, start };
}

/** A file that was changed so long after the start. */
function put(name: string, afterMillis: number, text = 'a'): void {
  const path = join(root, 'in', name);
  writeFileSync(path, text);
  const seconds = (startMillis + afterMillis) / 1_000;
  utimesSync(path, seconds, seconds);
}

function putMapping(text: string): void {
  writeFileSync(join(root, 'schemas/legacy/tv.json'), text);
}

test('a file is uploaded once, with its mapping, when nobody has written to it for two seconds', async () => {
  const { calls, lines, look } = watched();
  putMapping('{}');
  put('tv/one.tsv', 500);
  for (const expected of [[], [], ['upload tv one.tsv {}'], ['upload tv one.tsv {}']]) {
    await look();
    expect(calls).toEqual(expected);
  }
  expect(lines).toEqual(['legacy: tv/one.tsv is being exported']);
});

test('a hidden file is none: rsync writes one before it renames it', async () => {
  const { calls, look } = watched();
  putMapping('{}');
  for (const name of ['.one.tsv.Xy12', '.DS_Store', 'two.tsv']) put(`tv/${name}`, -5_000);
  await look();
  expect(calls).toEqual(['upload tv two.tsv {}']);
});

test('a file that has changed is uploaded again', async () => {
  const { calls, look } = watched();
  putMapping('{}');
  put('tv/one.tsv', -5_000);
  await look();
  put('tv/one.tsv', -4_000, 'ab');
  await look();
  expect(calls).toEqual(['upload tv one.tsv {}', 'upload tv one.tsv {}']);
});

test('a file without a mapping waits for it, which is told once', async () => {
  const { calls, lines, look } = watched();
  put('tv/one.tsv', -5_000);
  await look();
  await look();
  expect([calls, lines]).toEqual([[], ['legacy: there is no mapping tv, so tv/one.tsv waits']]);
  putMapping('{}');
  await look();
  expect(calls).toEqual(['upload tv one.tsv {}']);
});

test('files are told of again when their mapping was mended, also while nobody watched', async () => {
  const { calls, look, start } = watched();
  putMapping('{}');
  put('tv/one.tsv', -5_000);
  await look();
  await look();
  putMapping('{"mended":1}');
  await look();
  await look();
  expect(calls).toEqual(['upload tv one.tsv {}', 'remind one.tsv']);
  stop();
  putMapping('{"mended":2}');
  stop = start();
  await look();
  await look();
  expect(calls).toEqual(['upload tv one.tsv {}', 'remind one.tsv', 'remind one.tsv']);
});

test('what is no file of a mapping is left alone', async () => {
  const { calls, lines, look } = watched();
  putMapping('{}');
  for (const folder of ['Other', 'tv/folder']) mkdirSync(join(root, 'in', folder));
  put('loose.tsv', -5_000);
  put('Other/one.tsv', -5_000);
  await look();
  expect([calls, lines]).toEqual([[], []]);
});

test('a folder that cannot be read is told once, and looked at again', async () => {
  const { calls, lines, look } = watched();
  rmSync(join(root, 'in'), { recursive: true });
  await look();
  await look();
  expect(lines).toEqual([`legacy: ${join(root, 'in')} cannot be read: ENOENT`]);
  mkdirSync(join(root, 'in/tv'), { recursive: true });
  putMapping('{}');
  put('tv/one.tsv', -5_000);
  await look();
  expect(calls).toEqual(['upload tv one.tsv {}']);
});

test('nothing is looked at once it was stopped', async () => {
  const { clock } = watched();
  stop();
  expect(clock.pendingTasks()).toBe(0);
});

test('a file that cannot be read is told once, and the others are uploaded', async () => {
  const { calls, lines, look } = watched();
  putMapping('{}');
  symlinkSync(join(root, 'nowhere'), join(root, 'in/tv/0.tsv'));
  put('tv/one.tsv', -60_000);
  await look();
  await look();
  expect(calls).toEqual(['upload tv one.tsv {}']);
  expect(lines.filter((line) => line.includes('0.tsv'))).toEqual(['legacy: tv/0.tsv cannot be read: ENOENT']);
});
