import type { Publications } from '../../ports/publications.ts';
import type { Registry } from '../../ports/registry.ts';
import type { FirestoreDatabase } from './firestore-database.ts';
import { plainFields } from './firestore-values.ts';
import { attemptsCollection, attemptsOf, maxAttempts } from './publication-attempts.ts';
import { readRegistry } from './registry-documents.ts';

/**
 * The registry in Firestore for who reads it: functions on the path of events, and the command line.
 * `createFirestorePublishingRegistry` writes it.
 */
export function createFirestoreRegistry(options: {
  readonly database: FirestoreDatabase;
}): Registry & Pick<Publications, 'attempts'> {
  const { database } = options;
  const documents = {
    async read(paths: readonly string[]) {
      const found = await database.read(paths);
      return new Map([...found].map(([path, { fields }]) => [path, plainFields(fields)]));
    },
  };
  return {
    read: (knownVersion) => readRegistry(documents, knownVersion),
    async attempts() {
      const found = await database.list(attemptsCollection, maxAttempts);
      return attemptsOf(found.map(({ fields }) => plainFields(fields)));
    },
  };
}
