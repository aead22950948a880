import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openEmbeddedLegacyExports } from '../../shared/adapters/embedded/legacy-exports.ts';
import { createFirestoreLegacyExports } from '../../shared/adapters/gcp/legacy-exports.ts';
import { createMemoryLegacyExports } from '../../shared/adapters/memory/legacy-exports.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { legacyExportsContract } from './suites/legacy-exports.ts';

/** How long a state is kept at least. */
const exportDays = 730;

legacyExportsContract(inMemory(() => createMemoryLegacyExports()));
legacyExportsContract(
  inFolder(
    (folder) => openEmbeddedLegacyExports({ path: join(folder, 'exports.db') }),
    (exports) => exports.close(),
  ),
);

test.each([
  ['memory', () => createMemoryLegacyExports()],
  ['embedded', () => openEmbeddedLegacyExports({ path: ':memory:' })],
])('%s forgets a file that was saved last two years ago when another begins', async (_, open) => {
  const exports = open();
  const endMillis = exportDays * 86_400_000;
  const version = await exports.save('a', { at: 1 }, { version: undefined, atMillis: 0 });
  await exports.save('b', { at: 2 }, { version: undefined, atMillis: 1 });
  await exports.save('a', { at: 3 }, { version, atMillis: 1_000 });
  await exports.save('c', { at: 4 }, { version: undefined, atMillis: endMillis + 500 });
  expect((await exports.list()).map(({ at }) => at)).toEqual([3, 4]);
  expect(await exports.find('b')).toBeUndefined();
  // It can begin again.
  expect(await exports.save('b', { at: 5 }, { version: undefined, atMillis: endMillis + 600 })).not.toBe('changed');
});

test('a folder of before, whose states have no expiry, keeps them', async () => {
  const folder = makeScratchFolder();
  const path = join(folder.path, 'exports.db');
  const exports = openEmbeddedLegacyExports({ path });
  await exports.save('a', { at: 1 }, { version: undefined, atMillis: 0 });
  exports.close();
  const database = new DatabaseSync(path);
  database.exec('DROP TABLE expiry');
  database.close();
  const again = openEmbeddedLegacyExports({ path });
  await again.save('b', { at: 2 }, { version: undefined, atMillis: 2 * exportDays * 86_400_000 });
  expect((await again.list()).map(({ at }) => at)).toEqual([1, 2]);
  again.close();
  folder.remove();
});

describeOnEmulator('firestore', (host) => {
  test('Firestore is told when a state may go', async () => {
    const opened = await onFirestore(host, (databases) => databases).open();
    const exports = createFirestoreLegacyExports({ database: opened.port.transactional });
    await exports.save('a', { at: 1 }, { version: undefined, atMillis: 5 });
    const [fields] = (await opened.port.transactional.read(['exports/ka'])).values();
    expect(fields?.['expireAt']).toEqual(new Date(5 + exportDays * 86_400_000));
    await opened.close();
  });

  legacyExportsContract(
    onFirestore(host, ({ transactional }) => createFirestoreLegacyExports({ database: transactional })),
  );
});
