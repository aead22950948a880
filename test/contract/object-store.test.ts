import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openEmbeddedObjectStore } from '../../shared/adapters/embedded/object-store.ts';
import { createCloudObjectStore } from '../../shared/adapters/gcp/object-store.ts';
import { createMemoryObjectStore } from '../../shared/adapters/memory/object-store.ts';
import { startFakeCloudStorage } from '../helpers/fake-cloud-storage.ts';
import { bytes, inFolder, inMemory, newFolder, text } from './contract-adapter.ts';
import { objectStoreContract, refusedNames } from './suites/object-store.ts';

objectStoreContract(inMemory(() => createMemoryObjectStore()));
objectStoreContract(
  inFolder(
    (folder) => openEmbeddedObjectStore({ folder: join(folder, 'store') }),
    () => undefined,
  ),
);

/** There is no emulator of Cloud Storage: the client runs against a fake of its JSON API. */
objectStoreContract({
  name: 'Cloud Storage client on a fake server',
  survivesRestart: true,
  async open() {
    const fake = await startFakeCloudStorage();
    const connect = () => createCloudObjectStore({ projectId: 'edi', bucket: 'edi-test', apiEndpoint: fake.url });
    return { port: connect(), reopen: async () => connect(), close: async () => fake.close() };
  },
});

describe('embedded object store on disk', () => {
  let outside: string;
  beforeEach(async () => {
    outside = await newFolder();
  });
  afterEach(() => rm(outside, { recursive: true }));

  test('writes nothing outside its folder, whatever the name', async () => {
    const store = openEmbeddedObjectStore({ folder: join(outside, 'store') });
    for (const name of Object.values(refusedNames)) await store.put(name, bytes('x')).catch(() => undefined);
    expect(await readdir(outside, { recursive: true })).toEqual(['store', 'store/incoming', 'store/objects']);
  });

  test('makes folders that only the owner enters and files that only the owner reads', async () => {
    const folder = join(outside, 'deep', 'store');
    await openEmbeddedObjectStore({ folder }).put('a/b', bytes('x'));
    const modes = await Promise.all(
      [folder, join(folder, 'objects', 'a'), join(folder, 'objects', 'a', 'b')].map((path) => stat(path)),
    );
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '700', '600']);
  });

  test('does not show what a process left half-written when it died', async () => {
    const folder = join(outside, 'store');
    await mkdir(join(folder, 'incoming'), { recursive: true });
    await writeFile(join(folder, 'incoming', 'half'), 'half');
    const store = openEmbeddedObjectStore({ folder });
    expect(await store.get('half')).toBeUndefined();
    expect(await readdir(join(folder, 'objects'))).toEqual([]);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  test('moves the generation also when the clock stands still or goes back', async () => {
    const folder = join(outside, 'store');
    const generations: (string | undefined)[] = [];
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
    try {
      for (const now of [1_800_000_000_000, 1_800_000_000_000, 1_700_000_000_000]) {
        vi.setSystemTime(now);
        const store = openEmbeddedObjectStore({ folder });
        await store.put('name', bytes('same'));
        generations.push((await store.get('name'))?.generation);
        await store.put('name', bytes('same'));
        generations.push((await store.get('name'))?.generation);
      }
    } finally {
      vi.useRealTimers();
    }
    expect(new Set(generations).size).toBe(6);
  });

  test('says what is wrong with a name that is also a folder, and keeps what was there', async () => {
    const store = openEmbeddedObjectStore({ folder: join(outside, 'store') });
    await store.put('a/b', bytes('kept'));
    await expect(store.put('a', bytes('x'))).rejects.toThrow('choose another name');
    await expect(store.put('a/b/c', bytes('x'))).rejects.toThrow('choose another name');
    expect(text((await store.get('a/b'))?.data)).toBe('kept');
    expect(await readdir(join(outside, 'store', 'incoming'))).toEqual([]);
  });
});
