import type { OurKinds } from '../../../needs/kinds.ts';
import { requireVariable } from '../../../needs/settings.ts';
import { type FirestoreDatabase, openFirestore } from '../firestore-client.ts';
import { type Environment, emulatorOf, projectOf } from './environment.ts';

type OurDatabase = OurKinds['databases'][keyof OurKinds['databases']];

/** How the database of a kind is opened, by either client. */
export function databaseOptions(environment: Environment, { id, variable }: OurDatabase) {
  return {
    dependency: id,
    projectId: projectOf(environment),
    databaseId: requireVariable(environment, variable),
    ...emulatorOf(environment, 'FIRESTORE_EMULATOR_HOST'),
  };
}

/** The database of a kind, for the openers of what is in it. */
export function databaseOf(environment: Environment, kind: OurDatabase): FirestoreDatabase {
  return openFirestore(databaseOptions(environment, kind));
}
