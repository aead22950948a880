import { kinds } from '../../../needs/kinds.ts';
import type { PublishingRegistry } from '../../../ports/publications.ts';
import { openTransactionalFirestore } from '../firestore-transactions.ts';
import { createFirestorePublishingRegistry } from '../publishing-registry.ts';
import { databaseOptions, type Environment } from './environment.ts';

/** The registry as it is published to. */
export function openPublishingRegistry(environment: Environment): PublishingRegistry {
  return createFirestorePublishingRegistry({
    database: openTransactionalFirestore(databaseOptions(environment, kinds.databases.registry)),
  });
}
