import type { DatabaseKind } from '../../../needs/kinds.ts';
import { requireVariable } from '../../../needs/settings.ts';
import { type FirestoreDatabase, openFirestore } from '../firestore-client.ts';
import { type Environment, emulatorOf, projectOf } from './environment.ts';

/** The database of a kind, for the openers of what is in it. */
export function databaseOf(environment: Environment, { id, variable }: DatabaseKind): FirestoreDatabase {
  return openFirestore({
    dependency: id,
    projectId: projectOf(environment),
    databaseId: requireVariable(environment, variable),
    ...emulatorOf(environment, 'FIRESTORE_EMULATOR_HOST'),
  });
}
