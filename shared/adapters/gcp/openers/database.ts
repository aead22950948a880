import { type FirestoreDatabase, openFirestore } from '../firestore-client.ts';
import { databaseOptions, type Environment, type NamedDatabase } from './environment.ts';

/** The database of a kind, for the openers of what is in it. */
export function databaseOf(environment: Environment, kind: NamedDatabase): FirestoreDatabase {
  return openFirestore(databaseOptions(environment, kind));
}
