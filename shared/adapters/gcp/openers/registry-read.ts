import { kinds } from '../../../needs/kinds.ts';
import type { Registry } from '../../../ports/registry.ts';
import { createFirestoreRegistry } from '../registry.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

/** The registry as the event's path reads it. */
export function openRegistry(environment: Environment): Registry {
  return createFirestoreRegistry({ database: databaseOf(environment, kinds.databases.registry) });
}
