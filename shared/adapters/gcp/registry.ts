import type { Registry } from '../../ports/registry.ts';
import type { FirestoreDatabase } from './firestore-database.ts';
import { plainFields } from './firestore-values.ts';
import { readRegistry } from './registry-documents.ts';

/** The registry in Firestore for who reads it on the path of events. `createFirestorePublishingRegistry` writes it. */
export function createFirestoreRegistry({ database }: { readonly database: FirestoreDatabase }): Registry {
  const documents = {
    async read(paths: readonly string[]) {
      const found = await database.read(paths);
      return new Map([...found].map(([path, { fields }]) => [path, plainFields(fields)]));
    },
  };
  return { read: (knownVersion) => readRegistry(documents, knownVersion) };
}
