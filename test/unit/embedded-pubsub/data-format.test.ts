import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataFolder } from '../../../shared/adapters/embedded/data-format.ts';
import { openEmbeddedStorage } from '../../../shared/adapters/embedded/storage.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { temporaryFolder } from '../duckdb/temporary-folder.ts';

test('a new folder is marked, and opens again', () => {
  const folder = join(temporaryFolder(), 'data');
  openDataFolder(folder);
  writeFileSync(join(folder, 'pubsub.sqlite'), '');
  expect(() => openDataFolder(folder)).not.toThrow();
  expect(readFileSync(join(folder, 'data-format'), 'utf8')).toBe('3\n');
});

test('a mark that a power failure has left empty is made again', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'data-format'), '');
  openDataFolder(folder);
  expect(readFileSync(join(folder, 'data-format'), 'utf8')).toBe('3\n');
});

test.each([
  ['from before there were marks', undefined, 'an older version'],
  ['of an older version', '1', 'an older version'],
  ['with batches of format 1', '2', 'an older version'],
  ['of a newer version', '4', 'a newer version'],
])('data %s is left as it is, and it is said what to do', async (_, mark, age) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'pubsub.sqlite'), 'untouched');
  if (mark !== undefined) writeFileSync(join(folder, 'data-format'), mark);
  const opening = openEmbeddedStorage(folder);
  await expect(opening).rejects.toThrow(Unavailable);
  await expect(opening).rejects.toThrow(age);
  await expect(opening).rejects.toThrow(`mv "${folder}"`);
  expect(readFileSync(join(folder, 'pubsub.sqlite'), 'utf8')).toBe('untouched');
});
