import { kinds } from '../../../needs/kinds.ts';
import type { PublishingRegistry } from '../../../ports/publications.ts';
import { createFirestoreRegistry } from '../registry.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

/** The registry as it is published to. */
export function openPublishingRegistry(environment: Environment): PublishingRegistry {
  return createFirestoreRegistry({ database: databaseOf(environment, kinds.databases.registry) });
}
