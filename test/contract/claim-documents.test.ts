import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFirestoreClaimDocuments } from '../../shared/adapters/gcp/claim-documents.ts';
import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import { patientFirestore } from '../../shared/adapters/gcp/firestore-database.ts';
import { createMemoryClaimDocuments } from '../../shared/adapters/memory/claim-documents.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { openEmbeddedClaimDocuments } from '../helpers/embedded-bus.ts';
import { describeOnEmulator, newProject } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { claimDocumentsContract } from './suites/claim-documents.ts';

const adapters = [
  inMemory(() => createMemoryClaimDocuments()),
  inFolder(
    (folder) => openEmbeddedClaimDocuments({ path: join(folder, 'data', 'claims.db') }),
    (documents) => documents.close(),
  ),
];

for (const adapter of adapters) {
  claimDocumentsContract(adapter);

  describe(`purge of claim documents: ${adapter.name}`, () => {
    test('deletes what has expired, so many at once as told, and nothing else', async () => {
      const { port, close } = await adapter.open();
      const expiries = [100, 200, 300, 301, 1_000];
      await port.write(
        expiries.map((expireAtMillis) => ({
          key: `k${expireAtMillis}`,
          document: { claims: new Map(), expireAtMillis },
          expected: 'absent',
        })),
      );
      expect(await port.purgeExpired(300, 2)).toBe(2);
      expect(await port.purgeExpired(300, 2)).toBe(1);
      expect(await port.purgeExpired(300, 2)).toBe(0);
      const left = await port.read(expiries.map((expiry) => `k${expiry}`));
      expect(left.map((document) => document?.expireAtMillis)).toEqual([undefined, undefined, undefined, 301, 1_000]);
      await close();
    });

    test('gives a document that was purged and made anew a version that nobody remembers', async () => {
      const { port, close } = await adapter.open();
      const write = (expected: string) =>
        port.write([{ key: 'k', document: { claims: new Map(), expireAtMillis: 1 }, expected }]);
      await write('absent');
      const [old] = await port.read(['k']);
      await port.purgeExpired(1, 10);
      await write('absent');
      expect(await write(old?.version ?? 'absent')).toEqual(['conflict']);
      await close();
    });
  });
}

test('memory: the gate makes an operation fail before it does anything', async () => {
  let down = true;
  const documents = createMemoryClaimDocuments({
    gate: () => {
      if (down) throw new Unavailable('claim-documents', 'down');
    },
  });
  const write = { key: 'k', document: { claims: new Map(), expireAtMillis: 1 }, expected: 'absent' };
  await expect(documents.write([write])).rejects.toThrow(Unavailable);
  expect(documents.documentCount()).toBe(0);
  down = false;
  expect(await documents.write([write])).toEqual(['written']);
});

test('embedded: a closed index rejects with Unavailable', async () => {
  const documents = openEmbeddedClaimDocuments({ path: ':memory:' });
  documents.close();
  await expect(documents.read(['k'])).rejects.toThrow(Unavailable);
});

describeOnEmulator('firestore', (host) => {
  claimDocumentsContract(onFirestore(host, ({ database }) => createFirestoreClaimDocuments({ database })));

  test('a call that exceeds one request is answered like any other, in order', async () => {
    const database = openFirestore({
      dependency: 'claim-documents',
      projectId: newProject(),
      databaseId: 'claims',
      emulatorHost: host(),
      settings: { ...patientFirestore, maxWritesPerRequest: 3, maxRequestBytes: 2_000, maxReadsPerRequest: 4 },
    });
    const documents = createFirestoreClaimDocuments({ database });
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    const writesOf = (chosen: readonly string[], bytes: number) =>
      chosen.map((key) => ({
        key,
        document: { claims: new Map([[`seal-${key}`, new Uint8Array(bytes)]]), expireAtMillis: 1 },
        expected: 'absent',
      }));
    await documents.write(
      writesOf(
        keys.filter((_, index) => index % 3 === 0),
        8,
      ),
    );
    const outcomes = await documents.write(writesOf(keys, 1_200));
    expect(outcomes).toEqual(keys.map((_, index) => (index % 3 === 0 ? 'conflict' : 'written')));
    const stored = await documents.read([...keys].reverse());
    expect(stored.map((document) => [...(document?.claims.keys() ?? [])])).toEqual(
      [...keys].reverse().map((key) => [`seal-${key}`]),
    );
    await database.close();
  });
});
