import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openEmbeddedRegistry } from '../../shared/adapters/embedded/registry.ts';
import { textValue, timeValue } from '../../shared/adapters/gcp/firestore-values.ts';
import { createFirestorePublishingRegistry } from '../../shared/adapters/gcp/publishing-registry.ts';
import { createFirestoreRegistry } from '../../shared/adapters/gcp/registry.ts';
import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { contentHash } from '../../shared/event/canonical-json.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { close, connecting, type FirestoreDatabases, onFirestore } from './firestore-adapter.ts';
import { publicationsContract } from './suites/publications.ts';
import { registryContract } from './suites/registry.ts';

const type = 'shop.order.v1';
const schema = { a: 1 };
const uploadOf = (generation: string, checkedAgainst: number, content: Record<string, number>) => ({
  ...{ type, schema: content, generation, checkedAgainst },
  clashesWith: () => false,
});

/** A revision of before generations were noted: any upload that was checked against it is later. */
async function expectToTakeUploadOver(registry: PublishingRegistry): Promise<void> {
  const active = { type, revision: 1, activatedAtMillis: 1_000, contentHash: contentHash(schema), schema };
  expect(await registry.publishedType(type)).toEqual({ active, sdks: {} });
  expect(await registry.activateUpload(uploadOf('2', 1, schema), 5_000)).toEqual({
    kind: 'unchanged',
    revision: active,
  });
  expect(await registry.publishedType(type)).toEqual({ active, generation: '2', sdks: {} });
  expect(await registry.activateUpload(uploadOf('1', 1, { b: 1 }), 5_000)).toEqual({ kind: 'older' });
  expect(await registry.activateUpload(uploadOf('3', 1, { b: 1 }), 5_000)).toMatchObject({ kind: 'activated' });
}

for (const contract of [registryContract, publicationsContract]) {
  contract(inMemory(() => createMemoryRegistry()));
  contract(
    inFolder(
      (folder) => openEmbeddedRegistry({ path: join(folder, 'registry.db') }),
      (registry) => registry.close(),
    ),
  );
}

test('a revision that a file holds without a generation has none', async () => {
  const scratch = makeScratchFolder();
  const path = join(scratch.path, 'registry.db');
  openEmbeddedRegistry({ path }).close();
  const file = new DatabaseSync(path);
  file
    .prepare('INSERT INTO revision VALUES (?, ?, ?, ?, ?)')
    .run(type, 1, 1_000, contentHash(schema), JSON.stringify(schema));
  file.close();
  const registry = openEmbeddedRegistry({ path });
  await expectToTakeUploadOver(registry);
  registry.close();
  await scratch.remove();
});

describeOnEmulator('firestore', (host) => {
  const publishing = ({ transactional }: FirestoreDatabases) =>
    createFirestorePublishingRegistry({ database: transactional });
  // What the one client writes the other reads, as on the path of events.
  const readByGenerated = (databases: FirestoreDatabases) => ({
    ...publishing(databases),
    ...createFirestoreRegistry({ database: databases.database }),
  });
  for (const contract of [registryContract, publicationsContract]) {
    contract(onFirestore(host, publishing));
    contract(onFirestore(host, readByGenerated, 'Firestore, read by the generated client'));
  }

  test('a revision that Firestore holds without a generation has none', async () => {
    const databases = connecting(host())();
    const state = { version: { integerValue: 1 }, active: textValue(`{"${type}":1}`), sdks: { integerValue: 0 } };
    const content = { schema: textValue(JSON.stringify(schema)), contentHash: textValue(contentHash(schema)) };
    await databases.database.commit([
      { path: 'registry/state', fields: state, expected: 'absent' },
      {
        path: `types/${type}/revisions/1`,
        fields: { ...content, activatedAt: timeValue(1_000) },
        expected: 'absent',
      },
    ]);
    await expectToTakeUploadOver(publishing(databases));
    await close(databases);
  });

  test('of uploads of several instances that race each is decided on what the others wrote', async () => {
    const connect = connecting(host());
    const instances = Array.from({ length: 3 }, connect);
    const outcomes = await Promise.all(
      instances.map((databases, at) => publishing(databases).activateUpload(uploadOf(`${at + 1}`, 0, { at }), 1)),
    );
    expect(outcomes.filter(({ kind }) => kind === 'activated')).toHaveLength(1);
    expect(outcomes.every(({ kind }) => ['activated', 'changed', 'older'].includes(kind))).toBe(true);
    await Promise.all(instances.map(close));
  });

  test('a name that is no type, and a content larger than a document, are refused before anything is written', async () => {
    const databases = connecting(host())();
    const registry = publishing(databases);
    const large = { ...uploadOf('1', 0, {}), schema: { text: 'x'.repeat(1_000_001) } };
    await expect(registry.activateUpload(large, 1)).rejects.toThrow(RangeError);
    await expect(registry.publishSdksUpload(large.schema, '1')).rejects.toThrow(RangeError);
    await expect(registry.activateUpload({ ...uploadOf('1', 0, {}), type: 'a/b' }, 1)).rejects.toThrow(RangeError);
    await expect(registry.publishedType('a/b')).rejects.toThrow(RangeError);
    expect(await registry.read()).toEqual({ version: 0, revisions: [], sdks: {} });
    await close(databases);
  });
});
